"""The truth about a simulated tenant, written down: what happened, what the service recorded of it, what the exports hold.

`Truth` takes one department's days and keeps them on disk; `finish` merges the departments into ``truth/*.jsonl``, in the order of time,
once it is known which records no export file holds. The rows are declared in `rows` and explained in docs/truth.md.
"""

from __future__ import annotations

from mailwitness.simulate.truth.department import Truth
from mailwitness.simulate.truth.files import finish

__all__ = ["Truth", "finish"]
