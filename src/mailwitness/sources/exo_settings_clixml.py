"""Exchange settings saved by PowerShell's ``Export-Clixml``: one ``<Obj>`` per settings object.

One record per top-level object. The parser reports each object's bytes, so a record's place is exact. Properties are those
under ``<Props>`` and ``<MS>``; lists and nested objects are kept to a small depth.

Clock: that of the file, see `_exo_shape`.
Limits: a document type, and with it every entity, is refused unread: Export-Clixml never writes one. Objects of other cmdlets
    are skipped and counted. No real sample was at hand; the fixture is written from the published schema.
Sources:
    - https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/   (serialisation, element names)
    - https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/export-clixml
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from mailwitness.model.evidence import Frame, Head, Place, Reader, Reading, Reject, Skip
from mailwitness.sources._exo_shape import cmdlet_of, lower_keys, settings_record
from mailwitness.sources._text_lines import original_length

_DEPTH = 40
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBERS = frozenset({"I16", "I32", "I64", "U16", "U32", "U64", "By", "SB"})
_LISTS = frozenset({"LST", "IE", "QUE", "STK"})


def sniff(head: Head) -> bool:
    """True for CliXml whose property names are those of a settings object."""
    if "<Objs" not in head.text[:2000] or "schemas.microsoft.com/powershell" not in head.text[:2000]:
        return False
    names = frozenset(name.lower() for name in re.findall(r'\bN="([^"]{1,100})"', head.text))
    return cmdlet_of(names) is not None


@dataclass(slots=True)
class _Node:
    """One element while it is open: its tag, its ``N`` attribute, text, and what its children gave."""

    tag: str
    name: str | None
    text: list[str] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    items: list[Any] = field(default_factory=list)


class _Refused(ValueError):
    """The document is not what Export-Clixml writes."""


class _Objects:
    """Collects the top-level objects of one document with their places."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, dict[str, Any]]] = []
        self._open: list[_Node] = []
        self._begin = 0
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.buffer_text = True

    def parse(self, raw: bytes) -> None:
        self._parser.Parse(raw, True)

    def _doctype(self, *_: Any) -> None:
        raise _Refused("it declares a document type, which may hold entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH:
            raise _Refused(f"its elements are nested deeper than {_DEPTH}")
        if len(self._open) == 1:
            self._begin = self._parser.CurrentByteIndex
        self._open.append(_Node(tag.rpartition(" ")[2], attributes.get("N")))

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text.append(text)

    def _end(self, _: str) -> None:
        node = self._open.pop()
        if not self._open:
            return
        if len(self._open) == 1:
            self.found.append((self._begin, self._parser.CurrentByteIndex, node.members))
            return
        value, parent = _value(node), self._open[-1]
        if node.tag in ("Props", "MS"):
            parent.members.update(node.members)
        elif node.tag in _LISTS:
            parent.items = node.items
            parent.members.setdefault("", node.items)
        elif node.name is not None:
            parent.members[_unescaped(node.name)] = value
        elif node.tag not in ("TN", "T", "TNRef", "ToString"):
            parent.items.append(value)
        elif node.tag == "ToString":
            parent.text = node.text


def _value(node: _Node) -> Any:
    """What an element stands for: a scalar, a list, a mapping, or the text that an object shows for itself."""
    text = _unescaped("".join(node.text))
    if node.tag == "Nil":
        return None
    if node.tag == "B":
        return text.strip().lower() == "true"
    if node.tag in _NUMBERS and text.strip().lstrip("-").isdigit() and len(text) < 25:
        return int(text)
    if node.tag == "Obj":
        if "" in node.members:
            return node.items
        return text or node.members
    return text


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    objects, failure, read = _Objects(), None, 0
    try:
        objects.parse(frame.raw)
    except (expat.ExpatError, _Refused) as error:
        failure = error
    offset = frame.offset
    for begin, end, members in objects.found:
        end += len(b"</Obj>")
        offset += original_length(frame, frame.raw[read:begin])
        length = original_length(frame, frame.raw[begin:end])
        cmdlet = cmdlet_of(lower_keys(members))
        if cmdlet is None:
            yield Skip(offset, length, "no_known_setting", "an object that is no settings object")
        else:
            yield settings_record(members, offset, length, place, cmdlet)
        offset, read = offset + length, end
    if failure is not None:
        rest = frame.offset + frame.length - offset
        yield Reject(offset, rest, "not_clixml", f"the XML cannot be read on: {failure}")


READER = Reader("exo_settings_clixml", frozenset({"text"}), sniff, unwrap, whole=True)
