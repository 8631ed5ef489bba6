"""Rows of ``Get-MessageTraceV2 | Export-Csv``, culture en-US. Times are UTC.

Source: https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
"""

from __future__ import annotations

from mailwitness.simulate.exports._clock import us
from mailwitness.simulate.exports._csv import shell_row
from mailwitness.simulate.logged import Spooled

_PLAIN = (
    "MessageId MessageTraceId Organization Received SenderAddress RecipientAddress Subject Status FromIP ToIP Size"
).split()
HEADER = shell_row(_PLAIN)


def trace_row(one: Spooled) -> bytes:
    """One message and recipient."""
    get = one.record.get
    return shell_row(us(one.at) if name == "Received" else get(name) for name in _PLAIN)
