"""Validity intervals of settings and licences, and who is who: built tables, computed from what was observed.

`build` makes ``identities``, ``mailbox_settings``, ``tenant_settings`` and ``licences``. Observations of one subject are
replayed in order of time; between two of them the state is what the earlier left. A snapshot or change at t says nothing
before t; an observation without a time makes no interval. Two observations of one setting at one moment that disagree
leave it unknown from then on; so does a snapshot dated only by its file's stamp, which may be later than the export, when it
contradicts what is known. The order in which evidence came in plays no part.

Clock: the observations' own, UTC.
Limits: a change that no record shows is only noticed at the next snapshot, and holds from there. A name or alias shared by
    two people resolves to neither.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from mailwitness.case.identity import Identities
from mailwitness.model.tables import table

FOREVER = datetime(9999, 12, 31)

_TYPES = {"text": pa.string(), "time": pa.timestamp("us"), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}

MAILBOX_COLUMNS: Mapping[str, str] = {
    "imap_enabled": "imap_enabled",
    "pop_enabled": "pop_enabled",
    "smtp_client_authentication_disabled": "smtp_client_authentication_disabled",
    "audit_enabled": "audit_enabled",
    "default_audit_set": "default_audit_set",
    "audit_owner": "audit_owner",
    "audit_delegate": "audit_delegate",
    "audit_admin": "audit_admin",
    "audit_bypass_enabled": "audit_bypass",
    "recipient_type_details": "recipient_type",
}
"""Observed setting → column of ``mailbox_settings``."""

_UNKNOWN: Any = object()
"""Not known, which a setting's own null is not."""

_OFF = frozenset({"disabled", "deleted", "suspended", "lockedout", "error"})

Observation = tuple[datetime, str, str | None, str, bool]
"""(time, setting, value as JSON, learned_from, whether the time is only the file's stamp)"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary tables ``identities``, ``mailbox_settings``, ``tenant_settings`` and ``licences``."""
    identities = Identities.of(connection)
    mailboxes: dict[str, list[Observation]] = defaultdict(list)
    tenant: dict[str, list[Observation]] = defaultdict(list)
    for kind, subject, setting, value, time, learned_from, stamped in connection.execute(
        """SELECT DISTINCT subject_kind, subject, setting, value, time, learned_from, coalesce(time_from = 'file_time', FALSE)
           FROM setting_observations
           WHERE time IS NOT NULL AND setting IS NOT NULL"""
    ).fetchall():
        observation = (time, setting, value, learned_from or "", stamped)
        if kind == "mailbox" and subject and setting in MAILBOX_COLUMNS:
            mailboxes[identities.resolve(subject)].append(observation)
        elif kind == "tenant":
            tenant[f"authentication_policy/{subject}/{setting}" if subject else setting].append(observation)
    _create(connection, "identities", identities.rows())
    _create(connection, "mailbox_settings", _mailbox_rows(mailboxes))
    _create(connection, "tenant_settings", _tenant_rows(tenant))
    _create(connection, "licences", _licence_rows(connection, identities))


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """A temporary table in its declared columns."""
    schema = pa.schema([(column.name, _TYPES[column.type]) for column in table(name).columns])
    connection.register("rows_to_keep", pa.Table.from_pylist(list(rows), schema=schema))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM rows_to_keep")
    connection.unregister("rows_to_keep")


def _replay(observations: list[Observation]) -> list[tuple[datetime, dict[str, Any], set[str]]]:
    """(moment, what is known from then on, sources) for every moment at which what is known changed."""
    moments: dict[datetime, dict[str, set[tuple[str, str | None, bool]]]] = defaultdict(lambda: defaultdict(set))
    for time, setting, value, learned_from, stamped in observations:
        moments[time][setting].add((learned_from, value, stamped))
    states: list[tuple[datetime, dict[str, Any], set[str]]] = []
    known: dict[str, Any] = {}
    learned: dict[str, str] = {}
    for time in sorted(moments):
        for setting, seen in moments[time].items():
            after = _value_after(known.get(setting, _UNKNOWN), {value for _, value, _ in seen})
            if setting in known and after != known[setting] and all(stamped for _, _, stamped in seen):
                after = _UNKNOWN
            known = {**known, setting: after}
            learned = {**learned, setting: ", ".join(sorted({source for source, _, _ in seen}))}
        sources = {part for names in learned.values() for part in names.split(", ") if part}
        if states and states[-1][1] == known:
            states[-1][2].update(sources)
        else:
            states.append((time, known, sources))
    return states


def _value_after(before: Any, values: set[str | None]) -> Any:
    """The value that one moment's observations leave; unknown where they disagree or the list before is not known."""
    read = [None if value is None else json.loads(value) for value in sorted(values, key=lambda value: value or "")]
    changes = [value for value in read if isinstance(value, Mapping)]
    whole = [value for value in read if not isinstance(value, Mapping)]
    if len(whole) > 1:
        return _UNKNOWN
    after = whole[0] if whole else before
    after = sorted(after) if isinstance(after, list) else after
    for change in changes:
        if not isinstance(after, list):
            return _UNKNOWN
        after = sorted((set(after) | set(change.get("add", []))) - set(change.get("remove", [])))
    return after


def _mailbox_rows(mailboxes: Mapping[str, list[Observation]]) -> Iterable[dict[str, Any]]:
    types = {column.name: column.type for column in table("mailbox_settings").columns}
    for mailbox in sorted(mailboxes):
        states = _replay(mailboxes[mailbox])
        ends = [state[0] for state in states[1:]] + [FOREVER]
        for (valid_from, known, sources), valid_to in zip(states, ends, strict=True):
            row: dict[str, Any] = {
                "row_id": f"mailbox_settings:{mailbox}@{valid_from.isoformat()}",
                "mailbox": mailbox,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "learned_from": ", ".join(sorted(sources)),
            }
            for setting, column in MAILBOX_COLUMNS.items():
                row[column] = _cell(known.get(setting, _UNKNOWN), types[column])
            yield row


def _cell(value: Any, type_: str) -> Any:
    """A known value as its column holds it: a boolean, plain text, or a list as JSON."""
    if type_ == "bool":
        return value if isinstance(value, bool) else None
    if value is None or value is _UNKNOWN or isinstance(value, str):
        return value if isinstance(value, str) else None
    return json.dumps(value, ensure_ascii=False)


def _tenant_rows(tenant: Mapping[str, list[Observation]]) -> Iterable[dict[str, Any]]:
    for setting in sorted(tenant):
        states = _replay(
            [(time, setting, value, source, stamped) for time, _, value, source, stamped in tenant[setting]]
        )
        ends = [state[0] for state in states[1:]] + [FOREVER]
        for (valid_from, known, sources), valid_to in zip(states, ends, strict=True):
            value = known[setting]
            yield {
                "row_id": f"tenant_settings:{setting}@{valid_from.isoformat()}",
                "setting": setting,
                "value": None if value is _UNKNOWN else json.dumps(value, ensure_ascii=False),
                "valid_from": valid_from,
                "valid_to": valid_to,
                "learned_from": ", ".join(sorted(sources)),
            }


def _licence_rows(connection: duckdb.DuckDBPyConnection, identities: Identities) -> list[dict[str, Any]]:
    """A plan holds from the snapshot or change that shows it on, until one shows it off or a later snapshot lacks it.

    A plan is its id; one without an id is its name. Products (``sku:…``) and plans come from different exports, so the lack
    of one in an export of the other ends nothing.
    """
    known = {
        key: (by_id, min(filter(None, found), key=_vague, default=None))
        for key, by_id, found in connection.execute(
            """SELECT coalesce(lower(service_plan_id), service_plan), bool_or(service_plan_id IS NOT NULL), list(DISTINCT service_plan)
               FROM licence_observations GROUP BY 1"""
        ).fetchall()
    }
    snapshots: dict[tuple[str, bool], set[datetime]] = defaultdict(set)
    plans: dict[tuple[str, str], dict[datetime, set[bool]]] = defaultdict(lambda: defaultdict(set))
    for user, key, state, how, time in connection.execute(
        """SELECT DISTINCT user_principal_name, coalesce(lower(service_plan_id), service_plan) AS key, state, how, time
           FROM licence_observations WHERE time IS NOT NULL AND user_principal_name IS NOT NULL AND key IS NOT NULL"""
    ).fetchall():
        person = identities.resolve(user)
        if how == "snapshot":
            snapshots[person, key.startswith("sku:")].add(time)
        plans[person, key][time].add((state or "").lower() not in _OFF)
    rows = []
    for person, key in sorted(plans):
        seen = plans[person, key]
        since: datetime | None = None
        for moment in [*sorted(snapshots[person, key.startswith("sku:")] | seen.keys()), FOREVER]:
            on = moment in seen and seen[moment] == {True}
            if since is not None and not on:
                rows.append(
                    {
                        "row_id": f"licences:{person}/{key}@{since.isoformat()}",
                        "user_principal_name": person,
                        "service_plan_id": key if known[key][0] else None,
                        "service_plan": known[key][1],
                        "valid_from": since,
                        "valid_to": moment,
                    }
                )
            since = (since or moment) if on else None
    return rows


def _vague(name: str) -> tuple[bool, str]:
    """Names of plans (``EXCHANGE_S_ENTERPRISE``) go before those of their service (``exchange``)."""
    return not name.isupper(), name
