"""Evidence and what is read from it: the nouns that sources, records and the case share.

An evidence item is one file, or one member of an archive, as immutable bytes. A reader cuts it into frames (one vendor
record each, with its place in the bytes), and says for every frame what it is: a raw record of some family, a reject, or
a declared skip. Nothing else may come out of a frame, so records = rows + duplicates + rejects + skips always holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

Shape = Literal["json", "json_lines", "csv", "text", "binary", "empty"]
"""How the bytes are laid out, whatever they mean.

``json_lines``: every line one object. ``json``: any other JSON: an array, one object, objects or arrays glued together,
pretty-printed, an OData page, an unclosed array. ``csv``: a delimited table with a header. ``text``: anything else readable.
"""


@dataclass(frozen=True, slots=True)
class Head:
    """What a reader may look at to recognise a file: the beginning, already decoded and cut.

    ``name`` is the file's name (with its folders inside an archive), a hint that never decides alone: users rename.
    ``text`` is the first 64 KiB as text. ``header`` holds the trimmed column names of a CSV, else empty. ``records``
    holds up to 20 complete objects: of JSON after arrays and envelopes are opened, of CSV as column → cell. ``envelope``
    holds the keys around the records of a JSON page (``value``, ``@odata.context`` …), values cut to 200 characters.
    """

    name: str
    shape: Shape
    text: str
    header: tuple[str, ...] = ()
    records: tuple[Mapping[str, Any], ...] = ()
    envelope: Mapping[str, str] = field(default_factory=dict)

    def keys(self) -> frozenset[str]:
        """All keys of the sampled records, lower case: names differ in case between tools."""
        return frozenset(key.lower() for record in self.records for key in record)

    def columns(self) -> frozenset[str]:
        """The header's column names, trimmed and lower case."""
        return frozenset(name.strip().lower() for name in self.header)


@dataclass(slots=True)
class Frame:
    """One record as it lies in the file: ``raw`` is its bytes, ``offset`` and ``length`` its place in the evidence.

    ``value`` is what the layout gives for it: a dict (JSON object), a list (JSON array row), a dict of column → cell (CSV,
    first of two equal headers wins, the second is ``<name>#2``), or a str (text). None only for readers that ask for bytes
    (``Reader.raw_frames``). ``envelope`` is the page around it, for layouts that have one.
    """

    raw: bytes
    offset: int
    length: int
    value: Any = None
    envelope: Mapping[str, Any] | None = None

    @property
    def locator(self) -> str:
        """``bytes=<offset>+<length>``: where the record lies in the evidence item's own bytes."""
        return f"bytes={self.offset}+{self.length}"


class RawRecord(msgspec.Struct, gc=False):
    """One vendor record, taken out of its wrapping: ``family`` names the module in ``records`` that types it.

    ``payload`` is the record in that family's one canonical shape: JSON bytes or text, or a dict. ``envelope`` carries what
    only the wrapping knew (a CSV's RecordType name, a stream named by its folder); families say which keys they use.
    A struct rather than a dataclass: there is one for every record, and it is made three times faster.
    """

    family: str
    payload: bytes | str | Mapping[str, Any]
    offset: int
    length: int
    envelope: Mapping[str, Any] | None = None

    @property
    def locator(self) -> str:
        return f"bytes={self.offset}+{self.length}"


@dataclass(slots=True)
class Reject:
    """A record that could not be read whole: where, why, and what could be saved of it.

    ``reason`` is a stable code (``not_json``, ``cut_off``, ``audit_data_empty``, ``no_id``, …), ``detail`` a sentence.
    """

    offset: int
    length: int
    reason: str
    detail: str
    id: str | None = None
    time: str | None = None
    operation: str | None = None
    user_id: str | None = None
    object_id: str | None = None

    @property
    def locator(self) -> str:
        return f"bytes={self.offset}+{self.length}"


@dataclass(slots=True)
class Skip:
    """A record left out on purpose and declared: ``reason`` is a stable code (``empty_line`` is not one: blanks are no records)."""

    offset: int
    length: int
    reason: str
    detail: str = ""


Reading = RawRecord | Reject | Skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file came from, for readers that need it: names and stamps around the bytes.

    ``name`` with folders as handed over; ``modified`` the file's own time (ISO 8601, UTC) or None; ``options`` what the
    caller stated (``time_zone``, ``day_first``).
    """

    name: str
    modified: str | None = None
    header: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordCell:
    """A column of a CSV whose cell is the whole record: where it is an object with these names, nothing else of the row counts."""

    column: str
    family: str
    names: tuple[str, ...]


Sniff = Callable[[Head], bool]
Unwrap = Callable[[Frame, Place], Reading | Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class Reader:
    """One export format: how to recognise it, and what each of its frames is.

    ``id`` is ``<producer>_<what>_<format>`` and the module's name. ``shapes`` are the layouts it comes in. ``unwrap`` maps one
    frame to one reading (or several: a page object that holds many records; each then counts as a record). ``raw_frames``: unwrap wants only
    ``frame.raw`` of a JSON object, so nothing is decoded twice. ``bare``: every object of the file is a record of that family as it
    stands, so unwrap is not even called. ``cell``: so it is with the cell of one column of a CSV. ``rank`` orders sightings of one record: 0 the whole
    vendor record, 1 the record re-columned, 2 detail lost. ``whole`` gives the entire text as one frame (Format-List, CliXml).
    ``yields_to`` names readers whose claim on the same file is the more exact one.
    """

    id: str
    shapes: frozenset[Shape]
    sniff: Sniff
    unwrap: Unwrap
    rank: int = 0
    raw_frames: bool = False
    bare: str | None = None
    cell: RecordCell | None = None
    whole: bool = False
    yields_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """One value of a kept record that had not the expected type: the value's path and what was found."""

    row_id: str
    offset: int
    length: int
    path: str
    found: str


@dataclass(slots=True)
class Typed:
    """What a record family makes of a batch: rows by table (Arrow tables, in the declared columns), rejects, faults."""

    tables: dict[str, Any]
    rejects: list[Reject] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Batch(Protocol):
    """Records of one family and one evidence item on their way to rows, for a family whose volume asks for it."""

    def add_lines(self, text: bytes, places: Sequence[tuple[int, int]]) -> bool:
        """Take lines that each begin with { and end with }, if each is one record as declared; ``places`` are their (offset, length).

        False if one of them is not, and then none is taken: they are to be added one by one.
        """
        ...

    def add(self, raws: Sequence[RawRecord]) -> None:
        """Take records one by one, whatever they are."""
        ...

    def typed(self) -> Typed:
        """The rows of all that was taken."""
        ...


@dataclass(frozen=True, slots=True)
class Family:
    """One record family: ``build`` types a batch of its raw records of one evidence item.

    ``primary`` is the table that gets exactly one row for every record not rejected (or a table that extends it gets it);
    ``derived`` tables get any number. ``batch`` begins a batch of an evidence item that takes lines too; to the same rows as ``build``.
    """

    id: str
    primary: str
    derived: frozenset[str]
    build: Callable[[Sequence[RawRecord], str], Typed]
    batch: Callable[[str], Batch] | None = None
