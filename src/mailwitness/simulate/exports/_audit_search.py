"""What ``Search-UnifiedAuditLog`` returns, whatever is then done with it.

A search that asks with ReturnLargeSet gets its rows in no order, numbered by ``ResultIndex`` from 1 to ``ResultCount``, which is how much the
service had; a session page has at most 5,000. A row that never arrives leaves a hole in the numbers. Without ReturnLargeSet
(a careless collector) a search gives its newest rows, newest first, at most 5,000.

Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
    - https://github.com/ANSSI-FR/DFIR-O365RC   (ResultIndex and ResultCount as a test of completeness)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from mailwitness.knowledge.facts import record_type_names
from mailwitness.simulate.exports._searches import Search
from mailwitness.simulate.logged import Head, Spooled

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

PAGE_ROWS = 5000


def results(tenant: Tenant, search: Search[Spooled]) -> Iterator[tuple[int, Spooled]]:
    """(ResultIndex, record) of the rows that arrived; ``ResultCount`` is the number of the search's rows."""
    rows = list(search.rows)
    if tenant.options.collector == "careful":
        tenant.chance.stream("large set", search.begin).shuffle(rows)
    for index, one in enumerate(rows, start=1):
        if not one.lost:
            yield index, one


def record_type_name(head: Head) -> str:
    """The record type's name, or its number where it has none that is published."""
    return _type_name(head.RecordType)


@cache
def _type_name(number: int) -> str:
    return record_type_names().get(number, str(number))
