"""Exchange settings as PowerShell's ``Format-List`` shows them: ``Name : value`` lines, a blank line between objects.

One record per block of lines. Hawk writes these for a mailbox, its client access and the tenant (``CAS_Mailbox_Info_*.txt``,
``OrgConfig.txt``, ``AdminAuditLogConfig.txt``); in Windows PowerShell they are UTF-16.

Clock: that of the file or its Hawk folder, see `_exo_shape`.
Limits: Format-List shows four items of a list and then ``...``; a list shown in part is unknown. Blocks without a known
    property are skipped and counted. No real sample was at hand; the fixture is written from the documented layout.
Sources:
    - https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/format-list
    - https://github.com/T0pCyber/hawk   (Hawk/internal/functions/Out-MultipleFileType.ps1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwitness.model.evidence import Frame, Head, Place, Reader, Reading, Skip
from mailwitness.sources._exo_shape import cmdlet_of, lower_keys, settings_record
from mailwitness.sources._text_lines import text_lines

_PROPERTY = re.compile(r"^([A-Za-z][A-Za-z0-9_.@]*)\s*:(?:\s(.*))?$")


def sniff(head: Head) -> bool:
    """True if a block of ``Name : value`` lines holds the properties of a settings object."""
    frame = Frame(head.text.encode("utf-8", "replace"), 0, 0)
    return any(cmdlet_of(lower_keys(block)) is not None for _, _, block in _blocks(frame))


def _blocks(frame: Frame) -> Iterator[tuple[int, int, dict[str, str]]]:
    """(offset, length, properties) of every block; an indented line goes on the value before it."""
    block: dict[str, str] = {}
    begin, end, last = 0, 0, None
    for offset, length, text in text_lines(frame):
        found = _PROPERTY.match(text)
        if not text.strip():
            if block:
                yield begin, end - begin, block
            block, last = {}, None
            continue
        if found is not None and found[1] not in block:
            begin = begin if block else offset
            last = found[1]
            block[last] = (found[2] or "").strip()
        elif text[0] in " \t" and last is not None:
            block[last] = f"{block[last]} {text.strip()}".strip()
        elif not block:
            continue
        end = offset + length
    if block:
        yield begin, end - begin, block


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    for offset, length, block in _blocks(frame):
        cmdlet = cmdlet_of(lower_keys(block))
        if cmdlet is None:
            yield Skip(offset, length, "no_known_setting", "a block of properties that no settings object has")
        else:
            yield settings_record(block, offset, length, place, cmdlet)


READER = Reader("exo_settings_text", frozenset({"text"}), sniff, unwrap, whole=True)
