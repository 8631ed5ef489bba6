"""OfficeActivity exported from Log Analytics or Sentinel (CSV).

One row per audit record, re-columned; see ``_office_activity`` for how the columns become the record again.

Clock: time columns are marked ``[UTC]`` or ``[Local Time]`` in the header and written in the browser's locale.
Limits: the portal exports at most 30,000 rows at a time and does not say where it stopped. Rank 1: the record's own text is
    gone, so where another export holds the same record, that one is shown.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/officeactivity
    - https://github.com/Azure/Azure-Sentinel   (Solutions/Training, a real sample)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._office_activity import unwrap


def sniff(head: Head) -> bool:
    """True for a header with OfficeId and Operation; a copy of the whole record beside them goes before."""
    return header_shape(head) == "office_activity"


READER = Reader("log_analytics_officeactivity_csv", frozenset({"csv"}), sniff, unwrap, rank=1)
