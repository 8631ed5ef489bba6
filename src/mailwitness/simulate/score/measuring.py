"""Holds the findings of a case against the truth: relations first, then one ruler for each claim, all of it in DuckDB.

Each relation and each ruler's rows go to a Parquet file before the next begins, so that memory stays bounded however many rows there are. What is
compared by the ten million (messages, findings, who acted) is compared by hashes of 64 bits; two of ten million texts have the same one
with a chance of about 3 in a million.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from mailwitness.errors import EvidenceError, UsageError
from mailwitness.simulate.score.claims import CLAIMS, OUTCOMES, Claim
from mailwitness.simulate.truth.rows import ROWS

MEMORY_LIMIT = "600MB"
MOST_THREADS = 4
ERRORS_LISTED = 100
"""Errors that are listed of one claim, scenario and outcome; all are counted."""
ROWS_IN_PART = 1_500_000
"""Accesses or findings that are compared at a time. Parts are made by a hash of what is compared, so that each is whole in itself."""
LINE_BYTES = 64 << 20
"""The longest line of a truth file: a staged sync lists all messages of a folder."""

SETTINGS_FORMATS = frozenset({"settings"})
"""Formats that hold the settings of mailboxes and tenant."""
STATING_FORMATS = frozenset({"mes", "goose"})
"""Formats in which the collector states what it asked for and what it got."""

_FINDING_COLUMNS = (
    "finding_id", "claim", "pillar", "subject_kind", "subject", "mailbox", "actor", "actor_kind", "time_from", "time_to", "verdict",
    "state", "severity",
)  # fmt: skip
_MAILBOX_NAMES = """
    SELECT lower(mailbox) AS name, mailbox FROM mailboxes
    UNION SELECT lower(upn), mailbox FROM mailboxes
    UNION SELECT lower(upn), mailbox FROM people WHERE mailbox IS NOT NULL
    UNION SELECT lower(object_id), mailbox FROM people WHERE mailbox IS NOT NULL"""
"""One name of a mailbox, lower case, and its GUID: the GUID itself, its address, its owner's address and object id."""
_UNUSED = frozenset({"client", "message_count", "record_ids", "exported_ids", "recorded", "step"})
"""Columns of accesses that no ruler reads; in a large tenant they are most of the file."""
_TIMES = frozenset({"time", "time_from", "time_to", "valid_from", "valid_to", "issued_at"})


@dataclass(frozen=True, slots=True)
class Measured:
    """How one claim fared in one scenario ('' is daily life). ``asked``: the case was asked for claims of this pillar at all."""

    claim: str
    pillar: str
    scenario: str
    coverage: str
    asked: bool
    unit: str
    subjects: float
    right: float
    wrong: float
    undecidable_rightly: float
    undecidable_though_decidable: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A finding that is wrong, or something decidable that was not decided. ``truth`` names a row of a truth file."""

    claim: str
    scenario: str
    outcome: str
    finding_id: str | None
    truth: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A claim of the case that no ruler knows."""

    claim: str
    pillar: str
    findings: int


@dataclass(frozen=True, slots=True)
class Score:
    """What `score` found. ``errors`` lists the first `ERRORS_LISTED` of each claim, scenario and outcome, in the order of their ids."""

    coverage: str
    claims: tuple[Measured, ...]
    errors: tuple[Miss, ...]
    unmeasured: tuple[Unmeasured, ...]

    @property
    def most_wrong(self) -> float:
        """The most that is wrong in one claim and scenario."""
        return max((one.wrong for one in self.claims), default=0)

    def to_dict(self) -> dict[str, Any]:
        return {
            "coverage": self.coverage,
            "claims": [asdict(one) for one in self.claims],
            "errors": [asdict(one) for one in self.errors],
            "unmeasured": [asdict(one) for one in self.unmeasured],
        }


def score(
    findings: Sequence[Path],
    refs: Sequence[Path],
    truth: Path,
    asked_pillars: Collection[str] | None = None,
    claims: Sequence[Claim] = CLAIMS,
) -> Score:
    """Hold findings (Parquet files of the tables findings and refs of one case) against the truth files of a simulated tenant.

    ``asked_pillars``: what the case was asked; without it, the pillars that have findings. What was not asked is measured, not an error.
    ``claims``: those to measure.
    """
    about = _about(truth)
    with tempfile.TemporaryDirectory(prefix="mailwitness-score-") as scratch:
        engine = _Engine(Path(scratch), truth, about)
        try:
            engine.load(findings, refs)
            if any(claim.pillar == "exposure" for claim in claims):
                engine.compare_exposure()
            asked = frozenset(asked_pillars or ()) | engine.pillars()
            measured: list[Measured] = []
            errors: list[Miss] = []
            for claim in claims:
                rows, misses = engine.measure(claim, claim.pillar in asked)
                measured += rows
                errors += misses
            return Score(about["coverage"], tuple(measured), tuple(errors), engine.unmeasured())
        finally:
            engine.close()


def _about(truth: Path) -> dict[str, Any]:
    missing = [name for name in ("tenant.json", *(f"{name}.jsonl" for name in ROWS)) if not (truth / name).is_file()]
    if missing:
        raise UsageError(
            f"{truth}: is no folder of truth files: {', '.join(missing)} not found. Name the folder truth that mailwitness simulate wrote."
        )
    try:
        about: dict[str, Any] = msgspec.json.decode((truth / "tenant.json").read_bytes(), type=dict)
        needed = {
            key: about[key] for key in ("coverage", "collector", "formats", "time_from", "time_to", "collected_at")
        }
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EvidenceError(
            f"{truth / 'tenant.json'}: is not the JSON that mailwitness simulate writes: {error}"
        ) from None
    except KeyError as error:
        raise EvidenceError(
            f"{truth / 'tenant.json'}: has no {error}. Write the tenant again: mailwitness simulate"
        ) from None
    return needed


class _Engine:
    """DuckDB with bounded memory, and what was computed in it so far."""

    def __init__(self, scratch: Path, truth: Path, about: dict[str, Any]) -> None:
        self._scratch, self._truth, self._about = scratch, truth, about
        self._parts = 1
        self._connection = duckdb.connect(":memory:")
        for setting in (
            f"memory_limit = '{MEMORY_LIMIT}'",
            f"threads = {min(os.cpu_count() or 1, MOST_THREADS)}",
            f"temp_directory = {_literal(str(scratch / 'temporary'))}",
            "TimeZone = 'UTC'",
            "preserve_insertion_order = false",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_progress_bar_print = false",  # seen on stdout, in the middle of an answer, although the bar itself reads as off
        ):
            self._connection.execute(f"SET {setting}")

    def close(self) -> None:
        self._connection.close()

    def load(self, findings: Sequence[Path], refs: Sequence[Path]) -> None:
        """Make the tables that rulers read."""
        run = self._connection.execute
        run("CREATE TEMP MACRO message_name(x) AS trim(x, '<> ')")
        run("CREATE TEMP MACRO item_name(x) AS replace(replace(trim(x, '<> '), '/', '-'), '+', '_')")
        run("CREATE TEMP MACRO folder_name(x) AS regexp_extract(lower(x), '[^\\\\/]*$')")
        run("CREATE TEMP TABLE claims (claim VARCHAR, pillar VARCHAR, kind VARCHAR)")
        self._connection.executemany(
            "INSERT INTO claims VALUES (?, ?, ?)", [(c.claim, c.pillar, c.kind) for c in CLAIMS]
        )
        formats = set(self._about["formats"])
        run(
            """CREATE TEMP TABLE about AS SELECT $coverage AS coverage, CAST($time_from AS TIMESTAMP) AS time_from,
                   CAST($time_to AS TIMESTAMP) AS time_to, CAST($collected_at AS TIMESTAMP) AS collected_at,
                   CAST($settings_exported AS BOOLEAN) AS settings_exported, CAST($collection_stated AS BOOLEAN) AS collection_stated""",
            {key: self._about[key] for key in ("coverage", "time_from", "time_to", "collected_at")}
            | {
                "settings_exported": not formats.isdisjoint(SETTINGS_FORMATS)
                and self._about["coverage"] != "unified-only",
                "collection_stated": not formats.isdisjoint(STATING_FORMATS) and self._about["collector"] != "careless",
            },
        )
        self._view("findings", findings, _FINDING_COLUMNS)
        self._view("refs", refs, ("finding_id", "row_id"))
        self._load_truth()

        (rows,) = self._rows("SELECT greatest((SELECT count(*) FROM accesses), (SELECT count(*) FROM findings))")[0]
        self._parts = 1 + rows // ROWS_IN_PART
        run("SET VARIABLE parts = CAST($parts AS UBIGINT)", {"parts": self._parts})

    def compare_exposure(self) -> None:
        """Make the relations that the rulers of exposure share, in the order of their names."""
        for path in _sql_files("exposure"):
            self._keep(re.sub(r"^\d+_", "", path.name.removesuffix(".sql")), path.read_text("utf-8"))

    def _load_truth(self) -> None:
        tenant = _literal(str(self._truth / "tenant.json"))
        for name, columns in (("mailboxes", ("mailbox", "upn")), ("people", ("upn", "object_id", "mailbox"))):
            struct = ", ".join(f"{column} VARCHAR" for column in columns)
            self._connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT unnest(rows_, recursive := true) FROM (SELECT {name} AS rows_ FROM "
                f"read_json({tenant}, columns = {{{name}: 'STRUCT({struct})[]'}}, maximum_object_size = {LINE_BYTES}))"
            )
        self._connection.execute(f"CREATE TEMP TABLE mailbox_names AS {_MAILBOX_NAMES}")
        for name in ROWS:
            if name != "accesses":
                self._keep(name, f"SELECT * FROM {self._lines(name)}")
        self._ask_networks()
        self._keep(
            "accesses",
            f"""SELECT * EXCLUDE folder, folder_name(folder) AS folder, hash(key) AS access,
                       hash(mailbox, session_id, "user", app, app_id, client_app_id, logon = 'service', is_for_itself, address) AS actor,
                       hash(mailbox, coalesce(session_id, CASE WHEN is_for_itself THEN app ELSE coalesce("user", app) END)) AS doer
                FROM (SELECT a.*, logon IN ('application', 'service') AS is_for_itself, q.client_ip AS address
                      FROM {self._lines("accesses", _UNUSED)} AS a
                      LEFT JOIN (SELECT DISTINCT client_ip FROM asked_networks) AS q ON q.client_ip = a.client_ip)""",
        )

    def _lines(self, name: str, unused: Collection[str] = ()) -> str:
        """A truth file as a relation, without some columns."""
        fields = (field for field in msgspec.structs.fields(ROWS[name]) if field.name not in unused)
        columns = ", ".join(f"\"{field.name}\": '{_sql_type(field)}'" for field in fields)
        return (
            f"read_json({_literal(str(self._truth / f'{name}.jsonl'))}, format = 'newline_delimited', columns = {{{columns}}}, "
            f"maximum_object_size = {LINE_BYTES})"
        )

    def _ask_networks(self) -> None:
        """The client addresses that lie in addresses or networks that findings were asked for."""
        self._connection.execute("CREATE TEMP TABLE asked_networks (name VARCHAR, client_ip VARCHAR)")
        asked = self._rows("SELECT DISTINCT lower(actor) FROM findings WHERE actor_kind = 'address' ORDER BY ALL")
        if not asked:
            return
        seen = [ip for (ip,) in self._rows(f"SELECT DISTINCT client_ip FROM {self._lines('accesses')} ORDER BY ALL")]
        addresses = [(ip, ipaddress.ip_address(ip)) for ip in seen]
        for (name,) in asked:
            try:
                network = ipaddress.ip_network(name, strict=False)
            except ValueError:
                continue  # an address in another writing names nobody, and its findings come out as wrong
            inside = [(name, ip) for ip, address in addresses if address in network]
            if inside:
                self._connection.executemany("INSERT INTO asked_networks VALUES (?, ?)", inside)

    def pillars(self) -> frozenset[str]:
        return frozenset(pillar for (pillar,) in self._rows("SELECT DISTINCT pillar FROM findings"))

    def unmeasured(self) -> tuple[Unmeasured, ...]:
        return tuple(
            Unmeasured(*row)
            for row in self._rows(
                """SELECT claim, any_value(pillar), count(*) FROM findings
                   WHERE claim NOT IN (SELECT claim FROM claims) AND pillar <> 'detection' GROUP BY claim ORDER BY claim"""
            )
        )

    def measure(self, claim: Claim, asked: bool) -> tuple[list[Measured], list[Miss]]:
        """How the claim fared by scenario, and what is wrong or missed."""
        self._connection.execute("SET VARIABLE claim = $claim", {"claim": claim.claim})
        self._connection.execute("SET VARIABLE kind = $kind", {"kind": claim.kind})
        (path,) = (path for path in _sql_files("rulers") if path.name == f"{claim.ruler}.sql")
        self._keep("judged", path.read_text("utf-8"))
        sums: dict[str, dict[str, float]] = {}
        for scenario, outcome, amount in self._rows(
            "SELECT scenario, outcome, sum(CAST(amount AS DOUBLE)) FROM judged GROUP BY ALL ORDER BY ALL"
        ):
            sums.setdefault(scenario, dict.fromkeys(OUTCOMES, 0.0))[outcome] = amount
        rows = [
            Measured(
                claim.claim, claim.pillar, scenario, self._about["coverage"], asked, claim.unit,
                _number(sum(amounts.values())), **{outcome: _number(amount) for outcome, amount in amounts.items()},
            )
            for scenario, amounts in sorted((sums or {"": dict.fromkeys(OUTCOMES, 0.0)}).items(), key=lambda row: _order(row[0]))
        ]  # fmt: skip
        if not asked:
            return rows, []
        listed = self._rows(
            f"""SELECT scenario, outcome, finding_id, truth, why FROM judged
                WHERE outcome IN ('wrong', 'undecidable_though_decidable')
                QUALIFY row_number() OVER (PARTITION BY scenario, outcome ORDER BY finding_id, truth, why) <= {ERRORS_LISTED}
                ORDER BY outcome DESC, scenario, finding_id, truth, why"""
        )
        return rows, [Miss(claim.claim, *row) for row in listed]

    def _keep(self, name: str, sql: str) -> None:
        """The query's rows in Parquet files, and a view of that name over them; one file for each part, if the query is for one part."""
        folder = self._scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for part in range(self._parts if "getvariable('part')" in sql else 1):
            self._connection.execute("SET VARIABLE part = CAST($part AS UBIGINT)", {"part": part})
            self._copy(name, sql, folder / f"{part}.parquet")
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet({_literal(str(folder / '*.parquet'))})"
        )

    def _copy(self, name: str, sql: str, path: Path) -> None:
        file = _literal(str(path))
        try:
            self._connection.execute(f"COPY ({sql}) TO {file} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise EvidenceError(f"{self._truth}: {name} cannot be read: {error}") from None

    def _view(self, name: str, paths: Sequence[Path], columns: Sequence[str]) -> None:
        if paths:
            listed = ", ".join(_literal(str(path)) for path in paths)
            sql = f"SELECT {', '.join(columns)} FROM read_parquet([{listed}])"
        else:
            typed = (
                f"CAST(NULL AS {'TIMESTAMP' if column in _TIMES else 'VARCHAR'}) AS {column}" for column in columns
            )
            sql = f"SELECT {', '.join(typed)} WHERE FALSE"
        self._connection.execute(f"CREATE TEMP VIEW {name} AS {sql}")

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _sql_files(folder: str) -> list[Traversable]:
    found = files("mailwitness.simulate.score").joinpath(folder).iterdir()
    return sorted((path for path in found if path.name.endswith(".sql")), key=lambda path: path.name)


def _sql_type(field: msgspec.structs.FieldInfo) -> str:
    if field.name in _TIMES:
        return "TIMESTAMP"
    return {bool: "BOOLEAN", int: "BIGINT", list[str]: "VARCHAR[]"}.get(field.type, "VARCHAR")


def _order(scenario: str) -> tuple[str, int, str]:
    """Daily life first, then scenarios by letter and number."""
    letters = scenario.rstrip("0123456789")
    digits = scenario.removeprefix(letters)
    return letters, int(digits) if digits else 0, scenario


def _number(amount: float) -> float:
    """Hours to four decimals; what is whole is an int."""
    return int(amount) if amount == int(amount) else round(amount, 4)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
