"""A query's choice of columns over audit records, without the record's id (CSV).

One row per audit record, as far as the columns go: time, user, operation, perhaps address and parameters. Made by
``project`` in a Log Analytics query, or by hand.

Clock: ``TimeGenerated`` of OfficeActivity is the record's CreationTime, UTC unless the header marks another zone.
Limits: the record's id is gone, so the row's key is made from its content: two records alike in every column left count as one,
    and the same record from another export is not recognised. Rank 2.
Sources:
    - https://github.com/microsoft/msticpy   (docs/notebooks/data/demo_exchange_data.csv, a real sample)
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/officeactivity
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._office_activity import unwrap


def sniff(head: Head) -> bool:
    """True for a header with a time, a user and an operation, and no id or copy of the record."""
    return header_shape(head) == "projected"


READER = Reader("projected_audit_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
