"""A case on disk: a folder that can be zipped, moved and opened by other tools.

    case.json            what this folder is
    evidence/<sha256>    the originals, unchanged (or left in place and referenced, with their hash)
    ledger/<id>.json     one immutable entry per evidence item; the ledger is the truth
    custody.jsonl        hash-chained acts
    parts/<id>/*.parquet what each item holds, as read; a part that no entry names does not exist
    tables/<t>/*.parquet distinct events, settled from the parts; can be made again from them at any time
    findings/            answers, made from the tables

Everything is written beside its place and moved there, entries last. Killed at any instant, the next opening finds either all
of an item or nothing of it; what lies about without an entry is removed by the next writer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from mailwitness.case.custody import Custody
from mailwitness.errors import BusyError, IntegrityError, UsageError

FORMAT = 1
_CHUNK = 4 << 20
_HASH = re.compile("[0-9a-f]{64}")
_ABANDONED_S = 24 * 3600


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def evidence_id_of(sha256: str, name: str) -> str:
    """The id of an evidence item: of its bytes and its name without folders.

    The name counts because it can say what the bytes do not (when a snapshot was taken, which stream it holds), and because
    every file that was handed over belongs in the register. The same file from another folder is the same item.
    """
    label = name.rpartition("/")[2].encode("utf-8", "surrogateescape")
    return f"ev-{sha256[:16]}-{hashlib.sha256(label).hexdigest()[:6]}"


def now() -> str:
    """The time of an act of ours; no analysis ever reads it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    """The folder of one case. Opening reads only; `writing` takes the lock and clears what a killed writer left."""

    def __init__(self, root: Path) -> None:
        # The engine takes a path that begins with a tilde for one in the home folder.
        self.root = root.absolute() if str(root).startswith("~") else root
        about = root / "case.json"
        if not about.is_file():
            raise UsageError(
                f"{root}: not a case (no case.json in it). Make one: mailwitness investigate PATH --case {root}"
            )
        self.about: dict[str, Any] = json.loads(about.read_text("utf-8"))
        if self.about.get("format") != FORMAT:
            raise UsageError(f"{about}: case format {self.about.get('format')!r}, this version reads {FORMAT}")
        self.custody = Custody(root / "custody.jsonl")
        self._beside = ThreadPoolExecutor(1)
        self._flushed: dict[
            str, Future[None]
        ] = {}  # copies on their way to the disk; a copy that no entry names is none
        self._read: dict[
            str, tuple[tuple[int, int, int], dict[str, Any]]
        ] = {}  # entries by id; a case may have thousands

    @classmethod
    def create(cls, root: Path, version: str) -> Store:
        """A new case in an empty or new folder."""
        if (root / "case.json").exists():
            return cls(root)
        if root.exists() and any(p.name not in (".lock",) for p in root.iterdir()):
            raise UsageError(f"{root}: the folder is not empty and not a case. Name a new folder.")
        for name in ("evidence", "ledger", "parts", "tables", "findings"):
            (root / name).mkdir(parents=True, exist_ok=True)
        about = {
            "format": FORMAT,
            "case_id": str(uuid.uuid4()),
            "created_at": now(),
            "created_by": f"mailwitness {version}",
        }
        write_atomically(root / "case.json", json.dumps(about, indent=2).encode() + b"\n")
        store = cls(root)
        store.custody.add("created", {"case_id": about["case_id"], "version": version})
        return store

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the case for writing. BusyError when another process does."""
        lock = FileLock(self.root / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(
                f"{self.root}: another process is writing to this case. Wait for it, then run the command again."
            ) from None
        try:
            self._clear_leftovers()
            yield
        except BaseException:  # Ctrl-C too: what was half kept is cleared now, while the lock is held
            self._clear_leftovers()
            raise
        finally:
            lock.release()

    def _clear_leftovers(self) -> None:
        known = set(self.entries())
        shutil.rmtree(self.root / ".work", ignore_errors=True)
        for folder in (self.root / "findings").glob(".new-*"):
            if time.time() - folder.stat().st_mtime > _ABANDONED_S:  # a younger one may be a reader's at work
                shutil.rmtree(folder, ignore_errors=True)
        for folder in (self.root / "parts").iterdir():
            if folder.name not in known:
                shutil.rmtree(folder)
        for path in (self.root / "ledger").glob("*.tmp"):
            path.unlink()
        self.custody.repair()
        added = [act["details"] for act in self.custody.acts() if act["act"] == "added"]
        recorded = {details.get("evidence_id") for details in added}
        copies = {details.get("sha256") for details in added}  # even of items whose entry was taken away since
        for evidence_id, entry in self.entries().items():
            copies.add(entry["sha256"])
            if evidence_id not in recorded:  # killed between the entry and its act
                self.record_added(entry)
        for path in (self.root / "evidence").iterdir():
            if path.name not in copies and _HASH.fullmatch(
                path.name
            ):  # what is not ours is left, and named by `verify`
                path.unlink()

    def drop_unlisted_copy(self, evidence_id: str, sha256: str) -> bool:
        """Remove bytes just copied of an item that the case has by reference already; whether it was so."""
        path = self.root / "ledger" / f"{evidence_id}.json"
        if not path.exists() or read_entry(path)["kept"] != "referenced":
            return False
        if not any(e["sha256"] == sha256 and e["kept"] == "copied" for e in self.entries().values()):
            (self.root / "evidence" / sha256).unlink(missing_ok=True)
        return True

    def work_folder(self, name: str) -> Path:
        """A new empty folder inside the case for what is not published yet."""
        folder = self.root / ".work" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def entries(self) -> dict[str, dict[str, Any]]:
        """All ledger entries by evidence id, in the order of their ids."""
        found = {}
        for path in sorted((self.root / "ledger").glob("ev-*.json")):
            status = path.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._read.get(path.stem)
            if known is None or known[0] != seen:
                known = self._read[path.stem] = (seen, read_entry(path))
            found[path.stem] = known[1]
        return found

    def entry(self, evidence_id: str) -> dict[str, Any]:
        """The ledger entry of one item."""
        return read_entry(self.root / "ledger" / f"{evidence_id}.json")

    def has(self, evidence_id: str) -> bool:
        return (self.root / "ledger" / f"{evidence_id}.json").exists()

    def bytes_of(self, entry: Mapping[str, Any]) -> Path:
        """Where an item's bytes lie: in the case, or at the place they were left."""
        if entry["kept"] == "referenced":
            return Path(entry["referenced_path"])
        return self.root / "evidence" / str(entry["sha256"])

    def keep(
        self, source: Readable, limit: int | None = None, too_large: type[Exception] = ValueError
    ) -> tuple[Path, str, int]:
        """Copy bytes into the case under their hash: (path, sha256, size). The copy is complete or not there.

        It goes to the disk while the caller reads on; `publish` waits for it.
        """
        folder = self.root / ".work"
        folder.mkdir(exist_ok=True)
        temporary = folder / f"copy-{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0
        try:
            with temporary.open("wb") as out, ThreadPoolExecutor(1) as beside:
                written: Future[int] | None = None
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    if limit is not None and size > limit:
                        raise too_large(f"more than {limit} bytes")
                    if written is not None:
                        written.result()
                    written = beside.submit(out.write, chunk)
                    digest.update(chunk)
                if written is not None:
                    written.result()
        except too_large:
            temporary.unlink()
            raise
        sha256 = digest.hexdigest()
        final = self.root / "evidence" / sha256
        if final.exists():
            temporary.unlink()
        else:
            os.replace(temporary, final)
            if os.name == "nt":  # where a file that is read-only cannot be put on disk any more
                sync(final)
            else:
                self._flushed[sha256] = self._beside.submit(sync, final)
            os.chmod(final, 0o444)
        return final, sha256, size

    def publish(self, entry: Mapping[str, Any], parts: Path | None) -> None:
        """Make an item part of the case: its parts, then its entry, then the act. The entry decides."""
        evidence_id = str(entry["evidence_id"])
        flushed = self._flushed.pop(str(entry["sha256"]), None)
        if flushed is not None:
            flushed.result()
        if parts is not None:
            target = self.root / "parts" / evidence_id
            for part in parts.iterdir():
                sync(part)
            os.replace(parts, target)
            sync(target.parent)
        write_atomically(
            self.root / "ledger" / f"{evidence_id}.json", json.dumps(entry, indent=1, sort_keys=True).encode() + b"\n"
        )
        self.record_added(entry)

    def record_added(self, entry: Mapping[str, Any]) -> None:
        self.custody.add(
            "added",
            {
                "evidence_id": entry["evidence_id"],
                "sha256": entry["sha256"],
                "name": entry["name"],
                "entry_sha256": hash_file(self.root / "ledger" / f"{entry['evidence_id']}.json"),
            },
        )

    def part_files(
        self, entries: Mapping[str, Mapping[str, Any]], table: str
    ) -> list[tuple[Path, Mapping[str, Any], str]]:
        """The parts of one table: (file, what the ledger says of it, evidence id), in a fixed order."""
        return [
            (self.root / "parts" / evidence_id / part["file"], part, evidence_id)
            for evidence_id, entry in sorted(entries.items())
            for part in entry["parts"]
            if part["table"] == table
        ]


_ENTRY_KEYS = {
    "evidence_id",
    "sha256",
    "name",
    "kept",
    "version",
    "reader",
    "records",
    "primaries",
    "rejects",
    "skips",
    "parts",
    "notes",
}


def read_entry(path: Path) -> dict[str, Any]:
    """One ledger entry. IntegrityError when the file is none: entries are written whole and never changed."""
    try:
        entry = json.loads(path.read_bytes())
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not entry.keys() >= _ENTRY_KEYS or entry["evidence_id"] != path.stem:
        raise IntegrityError(
            f"ledger/{path.name}: no ledger entry any more; the file was changed. Put it back, then run: mailwitness verify"
        )
    return entry


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there; a reader sees the old bytes or the new ones."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Ask the system to put a file or folder on disk; folders cannot be asked everywhere."""
    if path.is_dir() and os.name == "nt":
        return
    # Windows puts on disk only what was opened for writing.
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
