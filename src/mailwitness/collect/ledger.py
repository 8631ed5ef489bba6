"""The ledger of a collection folder: what was wanted, what was tried, what lies on the disk, and what is missing and why.

A unit goes planned → running → fetched → verified, or ends as a gap with a reason; ``split`` is a unit that its parts stand for. A state is committed after the
bytes that it speaks of have reached the disk, so that a kill or a power cut at any moment costs repeated work and never a record: what the ledger may lose in a
power cut (``synchronous=NORMAL``) is its last transactions, and their units are fetched again. A unit found ``running`` when the folder is opened was cut off, and is
planned again.

Clock: all times are text, UTC, ISO 8601 with Z and microseconds, so that they sort as they are.
"""

from __future__ import annotations

import errno
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailwitness.collect.feed import Missing, Unit
from mailwitness.errors import IntegrityError, UsageError

VERSION = 1
_NEVER = "9999-12-31T00:00:00.000000Z"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE units (
    id INTEGER PRIMARY KEY, feed TEXT NOT NULL, scope TEXT NOT NULL, window_from TEXT NOT NULL, window_to TEXT NOT NULL,
    generation INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, detail TEXT, due_at TEXT NOT NULL, retry_at TEXT, expires_at TEXT,
    newest INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, restarts INTEGER NOT NULL DEFAULT 0, records INTEGER, distinct_records INTEGER, late_records INTEGER,
    bytes INTEGER, fetched_at TEXT, parent INTEGER REFERENCES units(id), notes TEXT NOT NULL DEFAULT '{}',
    CHECK (state IN ('planned', 'running', 'fetched', 'verified', 'gap', 'split')), CHECK (window_from < window_to),
    UNIQUE (feed, scope, window_from, window_to, generation)
) STRICT;
CREATE INDEX units_to_do ON units (state, feed);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, unit_id INTEGER NOT NULL REFERENCES units(id), began_at TEXT NOT NULL, ended_at TEXT NOT NULL, outcome TEXT NOT NULL,
    detail TEXT, records INTEGER, bytes INTEGER
) STRICT;
CREATE TABLE bodies (
    unit_id INTEGER NOT NULL REFERENCES units(id), n INTEGER NOT NULL, file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    sha256 TEXT NOT NULL, records INTEGER NOT NULL, request TEXT NOT NULL, server_date TEXT, request_id TEXT, PRIMARY KEY (unit_id, n)
) STRICT;
CREATE TABLE contents (
    feed TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, unit_id INTEGER NOT NULL REFERENCES units(id), created_at TEXT, detail TEXT,
    PRIMARY KEY (feed, key), CHECK (state IN ('stored', 'lost'))
) STRICT;
CREATE TABLE missing (
    unit_id INTEGER NOT NULL REFERENCES units(id), window_from TEXT NOT NULL, window_to TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, key TEXT
) STRICT;
CREATE TABLE observations (at TEXT NOT NULL, server_ahead_s REAL NOT NULL) STRICT;
CREATE TABLE manifest (n INTEGER PRIMARY KEY, path TEXT NOT NULL, line TEXT NOT NULL) STRICT;
CREATE INDEX manifest_path ON manifest (path);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, began_at TEXT NOT NULL, ended_at TEXT, outcome TEXT, about TEXT NOT NULL
) STRICT;
"""


def text_of(moment: datetime) -> str:
    """A moment as the ledger writes it."""
    return moment.isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> datetime:
    """A moment that the ledger wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Stored:
    """One body as it lies in a file of the folder."""

    file: str
    offset: int
    length: int
    sha256: str
    records: int
    request: str
    server_date: str | None
    request_id: str | None
    key: str | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A unit to be planned. ``gap`` (reason, detail): it is known beforehand that it cannot be had."""

    feed: str
    scope: str
    window_from: datetime
    window_to: datetime
    due: datetime
    expires: datetime | None = None
    newest: bool = False
    generation: int = 0
    gap: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with its state, for status and statement."""

    unit: Unit
    state: str
    reason: str | None
    detail: str | None
    due_at: datetime
    expires_at: datetime | None
    records: int | None
    distinct_records: int | None
    late_records: int | None
    fetched_at: datetime | None


class Ledger:
    """One folder's ledger. Threads share it; only one process writes (the folder's lock is the run's matter)."""

    def __init__(self, path: Path) -> None:
        new = not path.exists()
        self._path = path
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA foreign_keys=ON")
            if new or not self._all("SELECT name FROM sqlite_master WHERE name = 'meta'"):
                with self._writing():
                    for statement in filter(str.strip, _SCHEMA.split(";\n")):
                        self._db.execute(statement)
                    self._db.execute("INSERT INTO meta VALUES ('version', ?)", (str(VERSION),))
            found = self.meta("version")
        except sqlite3.DatabaseError as error:
            raise IntegrityError(
                f"{path}: not a ledger of a collection ({error}). Collect into another folder; what lies in raw/ stays readable evidence."
            ) from None
        if found != str(VERSION):
            raise UsageError(f"{path}: ledger version {found!r}, this mailwitness knows {VERSION}")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it on disk, or nothing. OSError where the disk does not take it."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:  # whatever it was goes on; but the next transaction must be able to begin
                    if self._db.in_transaction:  # a full disk has ended it already
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.OperationalError as error:
                raise OSError(
                    errno.EIO,
                    f"{error}. What was fetched before is kept: make room on the disk and run the command again",
                    str(self._path),
                ) from error

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # What the folder is about

    def meta(self, name: str) -> str | None:
        rows = self._all("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0]["value"] if rows else None

    def set_meta(self, name: str, value: str) -> None:
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def begin_run(self, at: datetime, about: Mapping[str, Any]) -> int:
        """Note who collects, with what; units that a killed run left running are planned again."""
        with self._writing():
            self._db.execute("UPDATE units SET state = 'planned' WHERE state = 'running'")
            self._db.execute("UPDATE units SET retry_at = NULL WHERE state = 'fetched'")
            self._db.execute("UPDATE runs SET outcome = 'cut off' WHERE outcome IS NULL")
            made = self._db.execute(
                "INSERT INTO runs (began_at, about) VALUES (?, ?)", (text_of(at), json.dumps(about, sort_keys=True))
            )
            return int(made.lastrowid or 0)

    def end_run(self, run: int, at: datetime, outcome: str) -> None:
        with self._writing():
            self._db.execute("UPDATE runs SET ended_at = ?, outcome = ? WHERE id = ?", (text_of(at), outcome, run))

    def observe_clock(self, at: datetime, ahead: timedelta) -> None:
        with self._writing():
            self._db.execute("INSERT INTO observations VALUES (?, ?)", (text_of(at), ahead.total_seconds()))

    # Planning

    def uncovered(
        self, feed: str, scope: str, window_from: datetime, window_to: datetime
    ) -> list[tuple[datetime, datetime]]:
        """The parts of the interval for which no first listing was ever planned."""
        rows = self._all(
            "SELECT window_from, window_to FROM units WHERE feed = ? AND scope = ? AND window_to > ? AND window_from < ? AND parent IS NULL ORDER BY window_from",
            (feed, scope, text_of(window_from), text_of(window_to)),
        )
        free, begin = [], window_from
        for row in rows:
            start, end = moment_of(row["window_from"]), moment_of(row["window_to"])
            if start > begin:
                free.append((begin, start))
            begin = max(begin, end)
        if begin < window_to:
            free.append((begin, window_to))
        return free

    def plan(self, units: Iterable[Wanted]) -> int:
        """Add units that are not there yet; how many were new."""
        with self._writing():
            before = self._db.total_changes
            for one in units:
                self._insert(
                    one.feed,
                    one.scope,
                    one.window_from,
                    one.window_to,
                    one.generation,
                    one.due,
                    one.expires,
                    None,
                    one.newest,
                )
                if one.gap is not None:
                    self._db.execute(
                        "UPDATE units SET state = 'gap', reason = ?, detail = ? WHERE feed = ? AND scope = ? AND window_from = ? AND window_to = ? AND generation = ? AND state = 'planned'",
                        (
                            *one.gap,
                            one.feed,
                            one.scope,
                            text_of(one.window_from),
                            text_of(one.window_to),
                            one.generation,
                        ),
                    )
            return self._db.total_changes - before

    def _insert(
        self,
        feed: str,
        scope: str,
        begin: datetime,
        end: datetime,
        generation: int,
        due: datetime,
        expires: datetime | None,
        parent: int | None,
        newest: bool = False,
    ) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO units (feed, scope, window_from, window_to, generation, state, due_at, expires_at, parent, newest) VALUES (?, ?, ?, ?, ?, 'planned', ?, ?, ?, ?)",
            (
                feed,
                scope,
                text_of(begin),
                text_of(end),
                generation,
                text_of(due),
                None if expires is None else text_of(expires),
                parent,
                int(newest),
            ),
        )

    def ask_again(self, feed: str, reasons: Iterable[str]) -> int:
        """Plan the gaps of a feed with these reasons again: what stood in the way may be gone."""
        listed = list(reasons)
        marks = ", ".join("?" * len(listed))
        with self._writing():
            before = self._db.total_changes
            self._db.execute(
                f"UPDATE units SET state = 'planned', reason = NULL, detail = NULL, attempts = 0, restarts = 0, retry_at = NULL WHERE feed = ? AND state = 'gap' AND reason IN ({marks})",
                (feed, *listed),
            )
            return self._db.total_changes - before

    # Work

    def take(self, feeds: Iterable[str], horizon: datetime, now: datetime) -> tuple[Unit, bool] | None:
        """The next unit that was due at ``horizon``, and whether it is fetched already and only to be proven; it is running now.

        Of each feed its newest window comes first, then what the service forgets soonest.
        """
        names = list(feeds)
        marks = ", ".join("?" * len(names))
        with self._writing():
            rows = self._db.execute(
                f"""
                SELECT * FROM units
                WHERE state IN ('planned', 'fetched') AND feed IN ({marks}) AND due_at <= ? AND (retry_at IS NULL OR retry_at <= ?)
                ORDER BY newest DESC, expires_at IS NULL, expires_at, generation, window_from, id
                LIMIT 1
                """,
                (*names, text_of(horizon), text_of(now)),
            ).fetchall()
            if not rows:
                return None
            row = rows[0]
            if row["state"] == "planned":
                self._db.execute("UPDATE units SET state = 'running' WHERE id = ?", (row["id"],))
            else:  # it stays fetched, whatever happens; the time keeps other workers off it
                self._db.execute("UPDATE units SET retry_at = ? WHERE id = ?", (_NEVER, row["id"]))
        return _unit(row), row["state"] == "fetched"

    def finish(
        self,
        unit: Unit,
        stored: Sequence[Stored],
        missing: Sequence[Missing],
        *,
        records: int,
        distinct: int | None,
        late: int | None,
        fetched_at: datetime,
        manifest: Sequence[Mapping[str, Any]],
    ) -> None:
        """Commit what was fetched and lies on the disk: bodies, content ids, what is missing, the manifest's lines."""
        with self._writing():
            self._db.execute("DELETE FROM missing WHERE unit_id = ?", (unit.id,))
            held = self._db.execute("SELECT COUNT(*) AS n FROM bodies WHERE unit_id = ?", (unit.id,)).fetchone()["n"]
            for n, one in enumerate(stored, start=held):
                self._db.execute(
                    "INSERT INTO bodies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        unit.id,
                        n,
                        one.file,
                        one.offset,
                        one.length,
                        one.sha256,
                        one.records,
                        one.request,
                        one.server_date,
                        one.request_id,
                    ),
                )
                if one.key is not None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO contents VALUES (?, ?, 'stored', ?, ?, NULL)",
                        (
                            unit.feed,
                            one.key,
                            unit.id,
                            None if one.created is None else text_of(one.created),
                        ),
                    )
            for lost in missing:
                self._db.execute(
                    "INSERT INTO missing VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        unit.id,
                        text_of(lost.window_from),
                        text_of(lost.window_to),
                        lost.reason,
                        lost.detail,
                        lost.key,
                    ),
                )
                if lost.key is not None:
                    self._db.execute(
                        "INSERT OR IGNORE INTO contents VALUES (?, ?, 'lost', ?, NULL, ?)",
                        (unit.feed, lost.key, unit.id, lost.detail),
                    )
            self._db.execute(
                "UPDATE units SET state = 'fetched', retry_at = ?, reason = NULL, detail = NULL, records = ?, distinct_records = ?, late_records = ?, bytes = ?, fetched_at = ? WHERE id = ?",
                (
                    _NEVER,  # whoever fetched it proves it, and no other worker of this run
                    records,
                    distinct,
                    late,
                    sum(one.length for one in stored),
                    text_of(fetched_at),
                    unit.id,
                ),
            )
            for entry in manifest:
                self._chain(entry)

    def verified(self, unit: Unit, following: tuple[int, datetime] | None, expires: datetime | None) -> None:
        """The unit is proven; ``following`` is the generation and due time of the window's next listing."""
        with self._writing():
            self._db.execute("UPDATE units SET state = 'verified', retry_at = NULL WHERE id = ?", (unit.id,))
            if following is not None:
                generation, due = following
                self._insert(unit.feed, unit.scope, unit.window_from, unit.window_to, generation, due, expires, unit.id)

    def _chain(self, entry: Mapping[str, Any]) -> None:
        from mailwitness.collect.manifest import chained

        if self._db.execute("SELECT 1 FROM manifest WHERE path = ?", (entry["path"],)).fetchone() is not None:
            return
        last = self._db.execute("SELECT n, line FROM manifest ORDER BY n DESC LIMIT 1").fetchone()
        n = 0 if last is None else last["n"] + 1
        line = chained(n, None if last is None else last["line"], entry)
        self._db.execute("INSERT INTO manifest VALUES (?, ?, ?)", (n, entry["path"], line))

    def give_up(self, unit: Unit, reason: str, detail: str, at: datetime) -> None:
        """The unit is a gap."""
        with self._writing():
            self._db.execute(
                "UPDATE units SET state = 'gap', reason = ?, detail = ?, fetched_at = ?, retry_at = NULL WHERE id = ?",
                (reason, detail, text_of(at), unit.id),
            )

    def release(self, unit: Unit) -> None:
        """The run is ending: what was being fetched is planned again, what was fetched stays so."""
        with self._writing():
            self._db.execute(
                "UPDATE units SET state = CASE state WHEN 'running' THEN 'planned' ELSE state END, retry_at = NULL WHERE id = ?",
                (unit.id,),
            )

    def put_back(self, unit: Unit, retry_at: datetime | None, *, failed: bool = False, restarted: bool = False) -> None:
        """The unit is planned again, not before ``retry_at``."""
        with self._writing():
            self._db.execute(
                "UPDATE units SET state = 'planned', retry_at = ?, attempts = attempts + ?, restarts = restarts + ? WHERE id = ?",
                (None if retry_at is None else text_of(retry_at), int(failed), int(restarted), unit.id),
            )

    def split(self, unit: Unit, windows: Sequence[tuple[datetime, datetime]], why: str) -> None:
        """Equal parts take the unit's place."""
        with self._writing():
            row = self._db.execute("SELECT due_at, expires_at FROM units WHERE id = ?", (unit.id,)).fetchone()
            self._db.execute(
                "UPDATE units SET state = 'split', detail = ?, retry_at = NULL WHERE id = ?", (why, unit.id)
            )
            expires = None if row["expires_at"] is None else moment_of(row["expires_at"])
            for begin, end in windows:
                self._insert(
                    unit.feed, unit.scope, begin, end, unit.generation, moment_of(row["due_at"]), expires, unit.id
                )

    def tried(
        self,
        unit: Unit,
        began: datetime,
        ended: datetime,
        outcome: str,
        detail: str | None = None,
        records: int | None = None,
        size: int | None = None,
    ) -> None:
        with self._writing():
            self._db.execute(
                "INSERT INTO attempts (unit_id, began_at, ended_at, outcome, detail, records, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (unit.id, text_of(began), text_of(ended), outcome, detail, records, size),
            )

    def tries(self, unit: Unit) -> tuple[int, int]:
        """Failed attempts and restarts of a unit so far."""
        row = self._all("SELECT attempts, restarts FROM units WHERE id = ?", (unit.id,))[0]
        return row["attempts"], row["restarts"]

    # Memory of a feed

    def has_content(self, feed: str, key: str) -> bool:
        return bool(self._all("SELECT 1 FROM contents WHERE feed = ? AND key = ?", (feed, key)))

    def remember(self, unit: int, name: str, value: str | None) -> None:
        with self._writing():
            notes = json.loads(self._db.execute("SELECT notes FROM units WHERE id = ?", (unit,)).fetchone()["notes"])
            notes.pop(name, None)
            if value is not None:
                notes[name] = value
            self._db.execute("UPDATE units SET notes = ? WHERE id = ?", (json.dumps(notes), unit))

    def bodies(self, unit: Unit) -> list[tuple[str, int, int]]:
        """(file, offset, length) of every body of a unit."""
        return [
            (row["file"], row["offset"], row["length"])
            for row in self._all("SELECT file, offset, length FROM bodies WHERE unit_id = ? ORDER BY n", (unit.id,))
        ]

    def recall(self, unit: int, name: str) -> str | None:
        found = json.loads(self._all("SELECT notes FROM units WHERE id = ?", (unit,))[0]["notes"]).get(name)
        return found if isinstance(found, str) else None

    # Reading

    def rows(self, feed: str | None = None) -> list[Row]:
        """All units but those that their parts stand for, by feed, scope, window and generation."""
        return [
            Row(
                _unit(row),
                row["state"],
                row["reason"],
                row["detail"],
                moment_of(row["due_at"]),
                None if row["expires_at"] is None else moment_of(row["expires_at"]),
                row["records"],
                row["distinct_records"],
                row["late_records"],
                None if row["fetched_at"] is None else moment_of(row["fetched_at"]),
            )
            for row in self._all(
                "SELECT * FROM units WHERE state <> 'split' AND (? IS NULL OR feed = ?) ORDER BY feed, scope, window_from, window_to, generation",
                (feed, feed),
            )
        ]

    def earlier_bodies(self, unit: Unit) -> list[tuple[str, int, int]]:
        """(file, offset, length) of every body stored for this window in earlier listings."""
        return [
            (row["file"], row["offset"], row["length"])
            for row in self._all(
                "SELECT DISTINCT b.file, b.offset, b.length FROM bodies AS b JOIN units AS u ON u.id = b.unit_id WHERE u.feed = ? AND u.scope = ? AND u.window_from = ? AND u.window_to = ? AND u.generation < ?",
                (unit.feed, unit.scope, text_of(unit.window_from), text_of(unit.window_to), unit.generation),
            )
        ]

    def missing(self, feed: str | None = None) -> list[tuple[str, Missing]]:
        """(feed, what is missing) of every part that could not be had."""
        return [
            (
                row["feed"],
                Missing(
                    moment_of(row["window_from"]),
                    moment_of(row["window_to"]),
                    row["reason"],
                    row["detail"],
                    row["key"],
                ),
            )
            for row in self._all(
                "SELECT u.feed, m.* FROM missing AS m JOIN units AS u ON u.id = m.unit_id WHERE ? IS NULL OR u.feed = ? ORDER BY u.feed, m.window_from",
                (feed, feed),
            )
        ]

    def missing_by_unit(self) -> list[tuple[int, Missing]]:
        """(unit's id, what is missing) of every part that could not be had."""
        return [
            (
                row["unit_id"],
                Missing(
                    moment_of(row["window_from"]), moment_of(row["window_to"]), row["reason"], row["detail"], row["key"]
                ),
            )
            for row in self._all("SELECT * FROM missing ORDER BY unit_id, window_from")
        ]

    def missing_of(self, unit: Unit) -> list[Missing]:
        return [missing for held, missing in self.missing_by_unit() if held == unit.id]

    def records_of(self, unit: Unit) -> int:
        return int(self._all("SELECT COALESCE(records, 0) AS n FROM units WHERE id = ?", (unit.id,))[0]["n"])

    def last_verified(self, feed: str) -> datetime | None:
        """The end of the last window of a feed that was proven."""
        found = self._all("SELECT MAX(window_to) AS at FROM units WHERE feed = ? AND state = 'verified'", (feed,))[0][
            "at"
        ]
        return None if found is None else moment_of(found)

    def manifest_lines(self, after: int = -1) -> list[str]:
        return [row["line"] for row in self._all("SELECT line FROM manifest WHERE n > ? ORDER BY n", (after,))]

    def counts(self) -> dict[str, int]:
        """Units by state."""
        return {row["state"]: row["n"] for row in self._all("SELECT state, COUNT(*) AS n FROM units GROUP BY state")}

    def outstanding(self, feeds: Iterable[str], horizon: datetime) -> int:
        """How many units were due at ``horizon`` and are not done."""
        names = list(feeds)
        marks = ", ".join("?" * len(names))
        return int(
            self._all(
                f"SELECT COUNT(*) AS n FROM units WHERE state IN ('planned', 'running', 'fetched') AND due_at <= ? AND feed IN ({marks})",
                (text_of(horizon), *names),
            )[0]["n"]
        )

    def files(self) -> set[str]:
        """Every file that a body lies in."""
        return {row["file"] for row in self._all("SELECT DISTINCT file FROM bodies")}


def _unit(row: sqlite3.Row) -> Unit:
    return Unit(
        row["id"],
        row["feed"],
        row["scope"],
        moment_of(row["window_from"]),
        moment_of(row["window_to"]),
        row["generation"],
    )


def utc_now() -> datetime:
    """This machine's clock, for acts of our own."""
    return datetime.now(UTC).replace(tzinfo=None)
