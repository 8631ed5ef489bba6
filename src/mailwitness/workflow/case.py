"""A case: open it, add evidence, ask it, report it.

    case = Case.create("incident")
    case.add(["exports/"])
    answer = case.ask(mailbox="b@example.org")
    case.tables["mail_accesses"].filter("is_throttled").arrow()
    case.report("html", "report.html")

Reading needs no lock and changes nothing but what can be made again (settled tables, findings). Only `add` changes a case.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from mailwitness import __version__
from mailwitness.analyses import Question, questions, runner, views_for
from mailwitness.case import settle
from mailwitness.case.engines.duckdb_engine import connect, declare, identifier, literal, lock_down
from mailwitness.case.store import Store, hash_file
from mailwitness.errors import UsageError
from mailwitness.model.tables import TABLES, columns_fingerprint
from mailwitness.records.columns import table_from_rows
from mailwitness.sources import readers
from mailwitness.sources._locale_dates import zone_named
from mailwitness.workflow import verify as verification
from mailwitness.workflow.add import Keep, Progress, Report, take_in
from mailwitness.workflow.explain import Explanation, explain

if TYPE_CHECKING:
    from mailwitness.errata import Applying
    from mailwitness.report.account import Account
    from mailwitness.tokens.issue import Issue, Sought
    from mailwitness.tokens.keys import KeyStore

__all__ = ["Added", "Answer", "Case", "Explanation", "Progress"]

FORMATS = ("html", "json", "csv", "xlsx")
_ANSWERS = ("findings", "reasons", "refs")
_UNFINISHED = ".new-"


@dataclass(frozen=True, slots=True)
class Added:
    """What an `add` did. ``evidence``: the items it met, new and known, as rows of the table evidence.

    ``problems``: sentences naming file, place, reason and next step. ``complete``: everything was taken in and read whole.
    """

    evidence: list[dict[str, Any]]
    new: int
    problems: list[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Findings with their reasons and references, as rows of the tables of those names."""

    findings: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    refs: list[dict[str, Any]]


class Tables(Mapping[str, duckdb.DuckDBPyRelation]):
    """All tables of a case by name, as DuckDB relations (``.arrow()``, ``.df()``, ``.filter(…)``).

    The tables of answers are made when one is first asked for: on a large case that takes minutes.
    """

    def __init__(self, case: Case) -> None:
        self._case = case

    def __getitem__(self, name: str) -> duckdb.DuckDBPyRelation:
        if name not in TABLES:
            raise KeyError(f"no table {name!r}; known: {', '.join(sorted(TABLES))}")
        return self._case.table(name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


class Case:
    """One case folder."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine: tuple[str, duckdb.DuckDBPyConnection] | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Case:
        """The case in this folder. UsageError when there is none."""
        return cls(_readable(Store(Path(path))))

    @classmethod
    def create(cls, path: str | os.PathLike[str]) -> Case:
        """A new case in this folder, which must be new, empty or already a case."""
        return cls(_readable(Store.create(Path(path), __version__)))

    @property
    def path(self) -> Path:
        return self._store.root

    @property
    def id(self) -> str:
        """What the case was called by chance when it was made: the same wherever its folder lies."""
        return str(self._store.about["case_id"])

    def add(
        self,
        paths: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
        *,
        reader: str | None = None,
        keep: Keep = "copy",
        options: Mapping[str, str] | None = None,
        progress: Report | None = None,
        workers: int | None = None,
        wanted: Callable[[Path], bool] | None = None,
    ) -> Added:
        """Bring files, folders and archives in. Doing it again changes nothing.

        ``reader`` names the format where content cannot tell. ``keep="reference"`` leaves the originals in place and notes their hash.
        ``options``: ``time_zone`` (of columns marked local), ``day_first`` (``true``/``false``), ``collected_for`` (``all-users``: what a
        collector's log leaves out, stated by who adds it). ``progress`` is called with `Progress`. Files that are not ``wanted`` are passed over.
        """
        if isinstance(paths, (str, os.PathLike)):
            paths = [paths]
        if options is not None and "time_zone" in options:
            zone_named(options["time_zone"])  # wrong use is told before anything is done
        report = progress or (lambda _: None)
        with self._store.writing():
            taken = take_in(
                self._store,
                [Path(path) for path in paths],
                reader=reader,
                keep=keep,
                options=options or {},
                progress=report,
                workers=workers,
                wanted=wanted,
            )
            if taken.new or settle.settled(self._store, self._store.entries()) is None:
                report(Progress("settling", "joining sightings", 0, 0))
                settle.settle(self._store, self._store.entries(), _ranks())
        met = set(taken.new) | set(taken.known)
        evidence = [row for row in self._evidence_rows() if row["evidence_id"] in met]
        problems = [problem.sentence() for problem in taken.problems]
        for row in evidence:
            if row["rejects"]:
                problems.append(
                    f"{row['name']}: {row['rejects']} record(s) could not be read whole. See: mailwitness sql {self.path} "
                    f"\"SELECT * FROM rejects WHERE evidence_id = '{row['evidence_id']}'\""
                )
            told = row["evidence_id"] in taken.new  # of an item just taken in, these were told as it was
            problems.extend(
                f"{row['name']}: {note}"
                for code, note in json.loads(row["notes"]).items()
                if code in _INCOMPLETE or (not told and code in _UNREAD)
            )
        return Added(evidence, len(taken.new), problems, not problems)

    # Reading

    def _digest(self) -> str:
        return settle.digest_of(self._store.entries())

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """An engine over the settled tables, made again when evidence was added."""
        digest = self._digest()
        if self._engine is not None and self._engine[0] == digest:
            return self._engine[1]
        entries = self._settled_entries()
        temporary = tempfile.mkdtemp(prefix="mailwitness-")
        weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
        connection = connect(Path(temporary))
        self._declare(connection, entries)
        self._engine = (digest, connection)
        return connection

    def _settled_entries(self) -> dict[str, dict[str, Any]]:
        """The ledger, with the tables settled from it."""
        entries = self._store.entries()
        if settle.settled(self._store, entries) is None:
            with self._store.writing():
                settle.settle(self._store, self._store.entries(), _ranks())
        return entries

    def _declare(self, connection: duckdb.DuckDBPyConnection, entries: Mapping[str, Mapping[str, Any]]) -> None:
        files = settle.table_files(self._store.root / "tables")
        files |= {name: sorted(self._findings_folder().glob(f"{name}*.parquet")) for name in _ANSWERS}
        declare(connection, files)
        for name, rows in (("evidence", self._evidence_rows()), ("skips", _skip_rows(entries))):
            # A real table, not a view of Python objects: the engine may outlive this call.
            made = table_from_rows(name, rows)
            connection.register(f"_{name}", made)
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM _{name}")
            connection.unregister(f"_{name}")
        connection.execute("DROP VIEW IF EXISTS sightings")
        connection.execute(f"CREATE VIEW sightings AS {self._sightings_sql(entries)}")

    def _sightings_sql(self, entries: Mapping[str, Mapping[str, Any]]) -> str:
        selects = []
        for table in TABLES.values():
            if table.extends is not None:
                continue
            files = [p for p, part, _ in settle.parts_of(self._store, entries, table) if part["primary"]]
            if files:
                listed = ", ".join(literal(str(file)) for file in files)
                selects.append(
                    f"SELECT '{table.name}' AS table_name, row_id, evidence_id, locator FROM read_parquet([{listed}], union_by_name = true)"
                )
        empty = "SELECT NULL::VARCHAR AS table_name, NULL::VARCHAR AS row_id, NULL::VARCHAR AS evidence_id, NULL::VARCHAR AS locator WHERE false"
        return " UNION ALL ".join(selects) or empty

    def _evidence_rows(self) -> list[dict[str, Any]]:
        entries = self._store.entries()
        state = settle.settled(self._store, entries)
        accounts = state["accounts"] if state is not None else {}
        rows = []
        for evidence_id, entry in entries.items():
            account = accounts.get(evidence_id, {"rows": 0, "duplicates": 0})
            row = {name: entry.get(name) for name in TABLES["evidence"].column_names()}
            row |= {
                "rows": account["rows"],
                "duplicates": account["duplicates"],
                "skips": sum(count for count, _, _ in entry["skips"].values()),
                "notes": json.dumps(entry["notes"], ensure_ascii=False),
                **{name: _moment(entry.get(name)) for name in ("acquired_at", "scope_from", "scope_to", "modified_at")},
            }
            rows.append(row)
        return rows

    @property
    def tables(self) -> Tables:
        """The case's tables by name, as DuckDB relations."""
        return Tables(self)

    def table(self, name: str) -> duckdb.DuckDBPyRelation:
        """One table of the case, as a DuckDB relation."""
        if name in _ANSWERS:
            self._ensure_findings()
        return self._connection().sql(f"SELECT * FROM {identifier(name)}")

    @property
    def findings(self) -> duckdb.DuckDBPyRelation:
        """All findings of the case, as a DuckDB relation."""
        return self.tables["findings"]

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """A query over the tables, reading only: an engine of its own that can open nothing but this case's tables."""
        if _OF_ANSWERS.search(query) is not None:
            self._ensure_findings()
        entries = self._settled_entries()
        temporary = tempfile.mkdtemp(prefix="mailwitness-sql-")
        connection = connect(Path(temporary))
        try:
            self._declare(connection, entries)
            pillars = sorted({q.pillar for q in questions()})
            if any(view.name in query for view in views_for(pillars)):
                runner.prepare(connection, pillars)  # the views that explain's SQL reads
            root = self._store.root.resolve()
            lock_down(
                connection,
                [
                    self._store.root / "tables",
                    self._store.root / "parts",
                    self._findings_folder(),
                    root / "tables",
                    root / "parts",
                ],
            )
            asked = _EXPLAIN.sub("", query)  # EXPLAIN ANALYZE runs what it explains
            kinds = [statement.type for text in {query, asked} for statement in connection.extract_statements(text)]
            if kinds not in _READING:
                raise UsageError("one SELECT is expected: a case is only read")
            return connection.sql(query)
        finally:
            # The engine outlives this call inside the relation: it makes the folder again if it needs it, and removes it.
            shutil.rmtree(temporary, ignore_errors=True)

    # Answers

    def _findings_folder(self) -> Path:
        return self._store.root / "findings" / self._answers_key()

    def _answers_key(self) -> str:
        asked = json.dumps(
            [
                self._digest(),
                __version__,
                sorted((q.name, hashlib.sha256(q.sql.encode()).hexdigest()) for q in questions()),
            ]
        )
        return hashlib.sha256(asked.encode()).hexdigest()[:20]

    def _ensure_findings(self) -> None:
        """Ask every question of the whole case once, and keep the answers beside the tables they were made from."""
        folder = self._findings_folder()
        if (folder / verification.HASHES).is_file():
            return
        connection = self._connection()
        folder.parent.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
        runner.run(connection, questions(), into=fresh)
        hashes = {path.name: hash_file(path) for path in sorted(fresh.glob("*.parquet"))}
        (fresh / verification.HASHES).write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
        for old in folder.parent.iterdir():
            if old != folder and not old.name.startswith(_UNFINISHED):  # another process may be making the same answers
                shutil.rmtree(old, ignore_errors=True)
        try:
            os.replace(fresh, folder)
        except OSError:
            if not folder.is_dir():
                raise
            shutil.rmtree(fresh, ignore_errors=True)  # another process was first; its answers are the same
        self._engine = None

    def answer_files(self) -> dict[str, list[Path]]:
        """The Parquet files of the tables findings, reasons and refs: every question asked of the whole case."""
        self._ensure_findings()
        return {name: sorted(self._findings_folder().glob(f"{name}*.parquet")) for name in _ANSWERS}

    def ask(
        self,
        question: str | None = None,
        *,
        mailbox: str | None = None,
        actor: str | None = None,
        time_from: datetime | None = None,
        time_to: datetime | None = None,
    ) -> Answer:
        """Findings for a question (its name, its pillar, or all), narrowed to a mailbox, an actor and an interval [from, to).

        ``actor`` is a session id, an address or network, an application id or a user. Times without zone are UTC.
        """
        with self._asked(_chosen(question), mailbox, actor, time_from, time_to) as connection:
            found = {name: _dicts(connection, f"SELECT * FROM temp.{name}") for name in _ANSWERS}
        return Answer(found["findings"], found["reasons"], found["refs"])

    @contextmanager
    def _asked(
        self,
        chosen: Sequence[Question],
        mailbox: str | None,
        actor: str | None,
        time_from: datetime | None,
        time_to: datetime | None,
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """An engine of its own whose temporary tables of answers are those of this mailbox, actor and interval."""
        if time_from is not None and time_to is not None and _utc(time_from) >= _utc(time_to):
            raise UsageError(
                f"the interval from {time_from.isoformat()} to {time_to.isoformat()} holds no time: to is not after from"
            )
        entries = self._settled_entries()
        temporary = Path(tempfile.mkdtemp(prefix="mailwitness-ask-"))
        connection = connect(temporary)
        try:
            self._declare(connection, entries)
            runner.run(connection, chosen, mailbox, actor, time_from, time_to)
            yield connection
        finally:
            connection.close()
            shutil.rmtree(temporary, ignore_errors=True)

    def explain(
        self,
        finding: str,
        *,
        mailbox: str | None = None,
        actor: str | None = None,
        time_from: datetime | None = None,
        time_to: datetime | None = None,
    ) -> Explanation:
        """What a finding rests on: reasons, rows, raw records and the SQL. ``finding`` is its id or the beginning of one.

        A finding that `ask` gave for an actor or an interval is found with the same ones.
        """
        if all(narrowing is None for narrowing in (mailbox, actor, time_from, time_to)):
            self._ensure_findings()
            return explain(self._store, self._connection(), finding)
        with self._asked(questions(), mailbox, actor, time_from, time_to) as connection:
            return explain(self._store, connection, finding)

    def signing_keys(self) -> KeyStore:
        """The keys of the key lists among the evidence."""
        from mailwitness.tokens.keys import keys_of_rows

        return keys_of_rows(_dicts(self._connection(), "SELECT * FROM signing_keys ORDER BY row_id"))

    def issues_of(self, tokens: Sequence[Sought]) -> list[Issue]:
        """What the sign-ins of this case hold of the issue of each token."""
        from mailwitness.workflow.token_issue import FEEDS_KNOWN, issue_of

        with self._asked((), None, None, None, None) as connection:
            runner.prepare(connection, [], texts=[FEEDS_KNOWN])
            return [issue_of(connection, token) for token in tokens]

    def raw_record(self, table: str, row_id: str) -> bytes:
        """The vendor's record behind a row, byte for byte as it lies in the evidence."""
        from mailwitness.workflow.raw import raw_record

        return raw_record(self._store, self._connection(), table, row_id)

    def account(self) -> Account:
        """Everything a report says of this case, as one object."""
        from mailwitness.errata import make_applying
        from mailwitness.report.account import build_account
        from mailwitness.workflow.proceedings import give_proceedings

        self._ensure_findings()
        connection = self._connection()
        runner.prepare(connection, sorted({q.pillar for q in questions()}), answered=True)
        make_applying(connection)
        give_proceedings(connection, self._store, questions())
        return build_account(connection, self._about())

    def _about(self) -> dict[str, str]:
        return {
            "version": __version__,
            "case": self._store.root.resolve().name,
            "case_id": self.id,
            "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "custody_last_hash": self._store.custody.last_hash(),
            "tables_digest": self._digest(),
            "engine": f"DuckDB {duckdb.__version__}",
        }

    def report(self, form: str, out: str | os.PathLike[str]) -> Path:
        """Write what the case says: ``html``, ``json``, ``csv`` (a folder) or ``xlsx``."""
        if form not in FORMATS:
            raise UsageError(f"no report format {form!r}; known: {', '.join(FORMATS)}")
        account = self.account()
        target = Path(out)
        if form != "csv" and target.is_dir():
            raise UsageError(f"{target}: is a folder; name a file for the {form} report")
        target.parent.mkdir(parents=True, exist_ok=True)
        written: Path = importlib.import_module(f"mailwitness.report.{form}").write(account, self._connection(), target)
        return written

    def errata(self) -> list[Applying]:
        """The known log defects that apply to this case, by number, each with the rows it touches."""
        from mailwitness.errata import applying

        return list(applying(self._connection()))

    def verify(self) -> list[str]:
        """Compute hashes, custody chain and accounting again; what is not as recorded, each as a sentence. Empty: intact."""
        problems = verification.verify(self._store)
        if problems == [verification.UNSETTLED]:  # an add was interrupted before its last step, which can be done now
            with self._store.writing():
                settle.settle(self._store, self._store.entries(), _ranks())
            problems = verification.verify(self._store)
        return problems


_OF_ANSWERS = re.compile(rf"\b({'|'.join(_ANSWERS)})\b", re.IGNORECASE)
_EXPLAIN = re.compile(r"^\s*EXPLAIN\s+(ANALYZE\s+)?", re.IGNORECASE)
_SELECT, _EXPLAINED = duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN
_READING = ([_SELECT], [_SELECT, _EXPLAINED], [_EXPLAINED, _SELECT])

_INCOMPLETE = ("array_open", "next_link", "cap")
_UNREAD = ("empty", "no_reader", "two_readers")


def _readable(store: Store) -> Store:
    """The store, if its parts have the columns of this version. UsageError says how to make the case again."""
    other = sorted({e["version"] for e in store.entries().values() if e.get("columns") != columns_fingerprint()})
    if other:
        raise UsageError(
            f"{store.root}: its tables were made by mailwitness {', '.join(other)} with other columns than this version {__version__} has.\n"
            "Read the originals again, under their names: mailwitness investigate PATH... --case NEW"
        )
    return store


def _ranks() -> dict[str, int]:
    return {reader.id: reader.rank for reader in readers().values()}


def _chosen(question: str | None) -> Sequence[Question]:
    every = questions()
    if question is None:
        return every
    found = [q for q in every if question in (q.name, q.pillar, q.claim)]
    if not found:
        known = sorted({q.pillar for q in every} | {q.name for q in every})
        raise UsageError(f"no question {question!r}; known: {', '.join(known)}")
    return found


def _skip_rows(entries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"evidence_id": evidence_id, "reason": reason, "detail": detail, "records": count, "locator": locator}
        for evidence_id, entry in entries.items()
        for reason, (count, detail, locator) in sorted(entry["skips"].items())
    ]


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    return _utc(datetime.fromisoformat(text))


def _dicts(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
