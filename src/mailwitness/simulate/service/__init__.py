"""What Microsoft's services write down of what happens: acts in, vendor records out, also what they do not record, and why.

One module per log: `mail_access` and `mailbox_acts` (mailbox audit), `exchange_admin`, `logons`, `directory_audits`, `other_records` (the unified
log), `signins`, `graph_activity`, `message_trace`. `mailbox_rules` and `unified_rules` say what is recorded, `eras` in which shape,
`delivery` when it can be exported, `coverage` what is true about it. Rates and dates are in ``rates.yaml``, each with its source.
"""

from __future__ import annotations

from mailwitness.simulate.service.coverage import Recordable, recordability
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.recording import Service

__all__ = ["Reason", "Recordable", "Service", "recordability"]
