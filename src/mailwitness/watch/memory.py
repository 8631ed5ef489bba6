"""What was told to whom: the memory of a watch, one SQLite file in the case folder (``watch/memory.sqlite``).

News and the alerts that tell it are written in one transaction before anything is sent; that an alert was sent is written after. So a watch that is
killed at any instant forgets no alert. Killed after sending and before writing so, it sends that alert again at the next run, with the
same id: **at least once**, and a receiver that keeps ids drops the repeat. In no case is an alert sent twice to a channel whose delivery was noted.

One process at a time: the file ``watch/.lock`` is held through a run.

Nothing in it is needed to read the case. Removed, everything that the case says is news again.
"""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mailwitness.errors import BusyError, IntegrityError
from mailwitness.watch.alert import Alert, time_text

FORMAT = 1

_SCHEMA = """
CREATE TABLE told (key TEXT PRIMARY KEY, serial INTEGER NOT NULL, content TEXT);
CREATE TABLE alerts (number INTEGER PRIMARY KEY, alert_id TEXT NOT NULL UNIQUE, severity TEXT, content TEXT NOT NULL);
CREATE TABLE deliveries (
    channel TEXT NOT NULL, number INTEGER NOT NULL REFERENCES alerts (number), sent_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, error TEXT,
    PRIMARY KEY (channel, number)) WITHOUT ROWID;
CREATE INDEX waiting ON deliveries (channel, number) WHERE sent_at IS NULL;
CREATE TABLE taken (path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL);
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_NUMBER = "(SELECT number FROM alerts WHERE alert_id = ?)"


class Memory:
    """The memory of one case's watch, held for one run."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def held(cls, case: Path) -> Iterator[Memory]:
        """The memory of the case in this folder, made if there is none. BusyError while another watch holds it."""
        folder = case / "watch"
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(f"{case}: another watch of this case is at work. One is enough; stop the other.") from None
        try:
            connection = _opened(folder / "memory.sqlite")
            try:
                yield cls(connection)
            finally:
                connection.close()
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it on disk, or nothing. OSError where the disk does not take it."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:  # whatever it was goes on; but the next transaction must be able to begin
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, str(error), "watch/memory.sqlite") from error

    # News

    def told(self, prefix: str) -> dict[str, tuple[int, dict[str, Any] | None]]:
        """By key: how often it was told, and what was told last; None when it was withdrawn."""
        rows = self._connection.execute(
            "SELECT key, serial, content FROM told WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
        )
        return {key: (serial, None if content is None else json.loads(content)) for key, serial, content in rows}

    def note(
        self,
        news: Iterable[tuple[str, Mapping[str, Any] | None, Alert | None]],
        channels: Sequence[str],
    ) -> None:
        """Write down news with the alerts that tell it, to be delivered to these channels. Without an alert it is known and not told."""
        with self._writing():
            ((number,),) = self._connection.execute("SELECT coalesce(max(number), 0) FROM alerts").fetchall()
            for key, content, alert in news:
                self._connection.execute(
                    "INSERT INTO told VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET serial = serial + 1, content = excluded.content",
                    (key, None if content is None else _text(content)),
                )
                if alert is None:
                    continue
                number += 1
                self._connection.execute(
                    "INSERT INTO alerts VALUES (?, ?, ?, ?)",
                    (number, alert.alert_id, alert.severity, _text(alert.content)),
                )
                self._connection.executemany(
                    "INSERT INTO deliveries (channel, number) VALUES (?, ?)",
                    [(channel, number) for channel in channels],
                )

    # Deliveries

    def waiting(self, channel: str, most: int) -> list[Alert]:
        """The oldest alerts that this channel has not been sent."""
        rows = self._connection.execute(
            "SELECT a.alert_id, a.severity, a.content FROM deliveries AS d INDEXED BY waiting CROSS JOIN alerts AS a ON a.number = d.number "
            "WHERE d.channel = ? AND d.sent_at IS NULL ORDER BY d.number LIMIT ?",
            (channel, most),
        )
        return [Alert(alert_id, severity, json.loads(content)) for alert_id, severity, content in rows]

    def sent(self, channel: str, alerts: Iterable[Alert], at: datetime) -> None:
        """Note that a channel was sent these."""
        with self._writing():
            self._connection.executemany(
                f"UPDATE deliveries SET sent_at = ?, attempts = attempts + 1, error = NULL WHERE channel = ? AND number = {_NUMBER}",
                [(time_text(at), channel, alert.alert_id) for alert in alerts],
            )

    def failed(self, channel: str, alerts: Iterable[Alert], error: str) -> None:
        """Note that a channel could not be sent these; they wait for the next run."""
        with self._writing():
            self._connection.executemany(
                f"UPDATE deliveries SET attempts = attempts + 1, error = ? WHERE channel = ? AND number = {_NUMBER}",
                [(error, channel, alert.alert_id) for alert in alerts],
            )

    def deliveries(self) -> dict[str, tuple[int, int]]:
        """By channel, of all that was ever told: how many were sent, and how many wait."""
        rows = self._connection.execute(
            "SELECT channel, count(sent_at), count(*) - count(sent_at) FROM deliveries GROUP BY channel ORDER BY channel"
        )
        return {channel: (sent, waiting) for channel, sent, waiting in rows}

    # Files and marks

    def is_taken(self, path: str, size: int, modified_ns: int) -> bool:
        """True if the file was taken into the case as it is now."""
        found = self._connection.execute("SELECT size, modified_ns FROM taken WHERE path = ?", (path,)).fetchone()
        return found is not None and (found[0], found[1]) == (size, modified_ns)

    def note_taken(self, files: Iterable[tuple[str, int, int]]) -> None:
        """Files that are in the case now: path, size, time of change."""
        with self._writing():
            self._connection.executemany("INSERT OR REPLACE INTO taken VALUES (?, ?, ?)", files)

    def mark(self, name: str) -> str | None:
        """A note of an earlier run."""
        found = self._connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def set_mark(self, name: str, value: str) -> None:
        with self._writing():
            self._connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;")
        elif version != FORMAT:
            raise IntegrityError(
                f"{path}: the memory of a watch in format {version}, this version reads {FORMAT}. Use the version that wrote it, or "
                "move the file away: everything that the case says is news again then."
            )
    except sqlite3.DatabaseError as error:
        connection.close()
        raise IntegrityError(
            f"{path}: cannot be read as the memory of a watch ({error}). Move it away: everything that the case says is news again then."
        ) from None
    except IntegrityError:
        connection.close()
        raise
    return connection


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(
        {name: time_text(value) if isinstance(value, datetime) else value for name, value in content.items()},
        ensure_ascii=True,
    )
