"""Paths into files: folders walked, archives opened, each file or member once, as immutable bytes in the case.

Names inside an archive are labels only; nothing is ever written under them. What an archive may expand to is capped.
"""

from __future__ import annotations

import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

MAX_DEPTH = 6
MAX_RATIO = 300
FREE_EXPANSION = 256 << 20  # below this an archive may expand at any ratio

_NOT_EVIDENCE = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_COLLECTION = frozenset({"ledger.sqlite", "manifest.jsonl"})
_WORK_OF_A_COLLECTION = frozenset({"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", ".lock", "partial"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be taken in: where its bytes are now, its name as handed over, and where it came out of."""

    path: Path
    name: str
    origin: str
    modified: str | None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be taken in: file, place in it, reason, and what to do next."""

    name: str
    place: str
    reason: str
    next_step: str

    def sentence(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return printable(f"{self.name}{where}: {self.reason}. {self.next_step}")


def walk(paths: Sequence[Path], own: Path, wanted: Callable[[Path], bool] | None = None) -> Iterator[Found | Problem]:
    """All regular files under the paths, in a fixed order. Case folders are no evidence: ``own`` is passed over, others are named.

    Files that are not ``wanted`` are passed over, and so is what a collection folder works with: its ledger, which says nothing that its statement and
    manifest do not, its lock, and what is half-written.
    """
    for given in paths:
        if not given.exists():
            yield Problem(str(given), "", "no such file or folder", "Check the path.")
        elif given.is_dir():
            unread: list[OSError] = []
            for folder, subfolders, names in os.walk(given, onerror=unread.append):
                if {"case.json", "custody.jsonl"} <= set(names) and "ledger" in subfolders:
                    subfolders.clear()
                    if not Path(folder).samefile(own):
                        yield Problem(
                            folder,
                            "",
                            "a case, which is no evidence",
                            "Name its folder evidence to take in its originals.",
                        )
                    continue
                if set(names) >= _COLLECTION:
                    subfolders[:] = [name for name in subfolders if name not in _WORK_OF_A_COLLECTION]
                    names = [name for name in names if name not in _WORK_OF_A_COLLECTION]
                subfolders.sort()
                for name in subfolders:
                    if Path(folder, name).is_symlink():
                        place = Path(folder, name).relative_to(given).as_posix()
                        yield Problem(place, "", "a link to a folder, not followed", "Name the folder it leads to.")
                for name in sorted(names):
                    path = Path(folder, name)
                    if name.lower() in _NOT_EVIDENCE or (wanted is not None and not wanted(path)):
                        continue
                    yield _found(path, path.relative_to(given).as_posix())
            for error in unread:
                yield Problem(str(error.filename), "", f"cannot be read: {error.strerror}", "Check its permissions.")
        elif wanted is None or wanted(given):
            yield _found(given, given.name)


def _found(path: Path, name: str) -> Found | Problem:
    try:
        status = path.stat()
    except OSError as error:
        return Problem(name, "", f"cannot be read: {error.strerror}", "Check the link or the file's permissions.")
    if not stat.S_ISREG(status.st_mode):
        return Problem(name, "", "not a regular file", "Hand over its content as a file.")
    return Found(path, printable(name), printable(str(path.resolve())), iso(status.st_mtime))


def iso(seconds: float) -> str | None:
    """A file's time as text; None where it lies outside of any calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def printable(name: str) -> str:
    """A file's name as text; bytes in it that are no text become ``\\udcff``."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
}


def archive_kind(path: Path) -> str | None:
    """Which archive a file is, by its first bytes; None when it is none. An Excel workbook is a zip that is no archive of logs."""
    with path.open("rb") as stream:
        head = stream.read(262)
    for magic, kind in ARCHIVES.items():
        if head.startswith(magic):
            if kind == "zip" and _is_office(path):
                return None
            return kind
    return "tar" if head[257:262] == b"ustar" else None


_CORRUPT = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    UnicodeDecodeError,
)


def _is_office(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except _CORRUPT:
        return False


class Readable(Protocol):
    """The little of a stream that is needed."""

    def read(self, size: int = -1, /) -> bytes: ...


class Receive(Protocol):
    """Takes the bytes of one member into the case and answers where they lie now; closes over the hash."""

    def __call__(self, stream: Readable, limit: int) -> Path: ...


class TooLarge(Exception):
    """A member expands beyond what is allowed."""


_PIECE = 64 << 10


class _Tolerant:
    """A member's bytes up to where the archive is damaged; ``damage`` says so afterwards."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.damage: str | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            # One piece at a time: a longer read would lose what came before the damage.
            return b"" if self.damage is not None else self._stream.read1(min(size, _PIECE) if size > 0 else _PIECE)  # type: ignore[attr-defined]
        except _CORRUPT as error:
            self.damage = str(error) or type(error).__name__
            return b""


def members(found: Found, kind: str, receive: Receive, label: str) -> Iterator[Found | Problem]:
    """The members of an archive as files of their own; what cannot be opened is a problem, and the others still come."""
    if found.depth >= MAX_DEPTH:
        yield Problem(
            found.name, "", f"archives nested deeper than {MAX_DEPTH}", "Expand it by hand and add the folder."
        )
        return
    if kind in ("7z", "rar"):
        yield Problem(found.name, "", f"a {kind} archive, which cannot be opened here", "Expand it and add the folder.")
        return
    limit = max(FREE_EXPANSION, MAX_RATIO * found.path.stat().st_size)
    opened: dict[str, Callable[[Found, int, Receive, str], Iterator[Found | Problem]]] = {"zip": _zip, "tar": _tar}
    yield from opened.get(kind, _single)(found, limit, receive, label)


def _taken(
    found: Found, member: str, modified: str | None, stream: IO[bytes], limit: int, receive: Receive, label: str
) -> Iterator[Found | Problem]:
    name = printable(f"{found.name}/{member}") if member else found.name
    tolerant = _Tolerant(stream)
    try:
        path = receive(tolerant, limit)
    except TooLarge:
        yield Problem(
            name,
            "",
            f"expands to more than {limit:,} bytes",
            "If it is what it says it is, expand it by hand and add the file.",
        )
        return
    except RuntimeError as error:  # zipfile's own word for an encrypted member
        yield Problem(name, "", f"cannot be opened: {error}", "Expand it with its password and add the folder.")
        return
    size = path.stat().st_size
    if tolerant.damage is not None:
        kept = f"after {size:,} bytes, which were read"
        yield Problem(name, kept, f"damaged in the archive: {tolerant.damage}", "Get the archive again.")
    yield Found(path, name, label, modified, found.depth + 1)


def _zip(found: Found, limit: int, receive: Receive, label: str) -> Iterator[Found | Problem]:
    try:
        archive = zipfile.ZipFile(found.path)
    except _CORRUPT as error:
        yield Problem(found.name, "", f"not a whole zip archive: {error}", "Get the archive again.")
        return
    with archive:
        spent = 0
        for member in sorted(archive.infolist(), key=lambda m: (m.filename, m.header_offset)):
            if (
                member.is_dir()
                or member.filename.rsplit("/", 1)[-1].lower() in _NOT_EVIDENCE
                or "__MACOSX/" in member.filename
            ):
                continue
            try:
                modified = datetime(*member.date_time, tzinfo=UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                )  # local time without a zone
            except ValueError:
                modified = None
            try:
                stream = archive.open(member)
            except (*_CORRUPT, RuntimeError) as error:
                yield Problem(
                    f"{found.name}/{member.filename}",
                    "",
                    f"cannot be opened: {error}",
                    "Expand it by hand and add the folder.",
                )
                continue
            with stream:
                for taken in _taken(found, member.filename, modified, stream, limit - spent, receive, label):
                    if isinstance(taken, Found):
                        spent += taken.path.stat().st_size
                    yield taken


def _tar(found: Found, limit: int, receive: Receive, label: str) -> Iterator[Found | Problem]:
    try:
        with tarfile.open(found.path) as archive:
            spent = 0
            for member in archive:
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None:
                    continue
                for taken in _taken(found, member.name, iso(member.mtime), stream, limit - spent, receive, label):
                    if isinstance(taken, Found):
                        spent += taken.path.stat().st_size
                    yield taken
    except _CORRUPT as error:
        yield Problem(
            found.name, "", f"not a whole tar archive: {error}", "Get the archive again; what came before was read."
        )


def _single(found: Found, limit: int, receive: Receive, label: str) -> Iterator[Found | Problem]:
    opener = gzip.open if archive_kind(found.path) == "gzip" else lzma.open
    with opener(found.path, "rb") as stream:
        name = found.name.removesuffix(".gz").removesuffix(".xz").removesuffix(".tgz")
        yield from _taken(replace(found, name=name), "", found.modified, stream, limit, receive, label)  # type: ignore[arg-type]
