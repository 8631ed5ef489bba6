"""``Search-UnifiedAuditLog``: sessions that give up to 5,000 rows a call.

``ReturnLargeSet`` gives up to 50,000 rows in no order, ``ReturnNextPreviewPage`` 5,000, the newest first; each call of a session goes on where
the last one ended, and an empty answer is the end. Rows are numbered by ``ResultIndex`` from 1 to ``ResultCount``.

Faults: F12 (a row twice), F17.
Assumptions: the end of the interval is exclusive; ``ResultCount`` of a search with more rows than a session gives is what the session gives.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC.psm1: empty answers, ResultCount 0, ResultIndex -1, jumps)
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite/issues/138   (first call empty), Scripts/Get-UAL.ps1 (warnings)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailwitness.standin.holdings import Record
from mailwitness.standin.moments import DAY, iso, moment_of
from mailwitness.standin.odata import whole
from mailwitness.standin.record_types import chosen, shown
from mailwitness.standin.world import World

_RETAINED = 180 * DAY
_MOST_ROWS = 5000
_FILTERS = {
    "RecordType": "record_type",
    "Operations": "operation",
    "UserIds": "user",
    "IPAddresses": "address",
    "ObjectIds": "object",
}


class BadSearch(ValueError):
    """A cmdlet's parameters make no sense. ``kind``: the exception that Exchange names."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class _Session:
    rows: list[Record]
    begin: int = 0
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One answer."""

    rows: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)
    fault: str | None = None


class SearchAuditLog:
    """The searches of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, _Session] = {}

    def page_of(self, session: Any) -> int:
        """Which page the next call of a session is."""
        found = self._sessions.get(str(session))
        return 1 if found is None else found.page

    def rows(self, parameters: Mapping[str, Any], key: tuple[object, ...]) -> Found:
        """The next rows of the search. BadSearch where its parameters make none."""
        size = whole(parameters.get("ResultSize", 100))
        if size is None or not 1 <= size <= _MOST_ROWS:
            raise BadSearch(
                "System.Management.Automation.ParameterBindingValidationException",
                f"Cannot validate argument on parameter 'ResultSize'. {parameters['ResultSize']!r} is not between 1 and {_MOST_ROWS}.",
            )
        id_ = parameters.get("SessionId")
        session = self._sessions.get(str(id_)) if id_ is not None else None
        if session is None:
            session = _Session(self._searched(parameters))
            if id_ is not None:
                self._sessions[str(id_)] = session
        begin, end = session.begin, min(session.begin + size, len(session.rows))
        if begin < end and self._world.faults.strikes("F17", *key):
            return self._nonsense(session, begin, end, key)
        if begin < end:
            session.begin, session.page = end, session.page + 1
        return Found([self._row(session, at) for at in range(begin, end)])

    def _searched(self, parameters: Mapping[str, Any]) -> list[Record]:
        now = self._world.clock.now()
        since, until = (moment_of(str(parameters.get(name))) for name in ("StartDate", "EndDate"))
        if since is None or until is None or since >= until:
            raise BadSearch(
                "Microsoft.Exchange.Data.ApplicationLogic.ValidationException",
                f"StartDate {parameters.get('StartDate')!r} and EndDate {parameters.get('EndDate')!r} are no interval.",
            )
        if not self._world.terms.auditing:
            return []
        records = self._world.holdings.feeds["unified"].all_between(max(since, now - _RETAINED), until, now)
        wanted = {field: _listed(parameters[name]) for name, field in _FILTERS.items() if parameters.get(name)}
        rows = list(chosen(records, wanted, parameters.get("FreeText")))
        if parameters.get("SessionCommand") == "ReturnLargeSet":
            self._world.faults.chance.stream("large set", since, until).shuffle(rows)
            return rows[: self._world.terms.search_rows]
        rows.reverse()
        return rows[:_MOST_ROWS]

    def _row(self, session: _Session, at: int) -> dict[str, Any]:
        record = session.rows[at]
        fields = shown(record.body)
        return {
            "RecordType": fields.type_name(),
            "CreationDate": iso(record.at),
            "UserIds": fields.UserId or "",
            "Operations": fields.Operation,
            "AuditData": record.body.decode(),
            "ResultIndex": at + 1,
            "ResultCount": len(session.rows),
            "Identity": record.id,
            "IsValid": True,
            "ObjectState": "Unchanged",
        }

    def _nonsense(self, session: _Session, begin: int, end: int, key: tuple[object, ...]) -> Found:
        """What the service answers on a bad day: nothing, a warning, rows without count or index, rows left out.

        Only the last of them moves the session on, so that what is left out never comes in it.
        """
        draw = self._world.faults.draw("F17", *key)
        if draw < 0.3:
            return Found([], fault="F17")
        if draw < 0.4:
            return Found([], ["A task was canceled."], "F17")
        rows = [self._row(session, at) for at in range(begin, end)]
        if draw < 0.7:
            return Found([{**row, "ResultIndex": -1, "ResultCount": 0} for row in rows], fault="F17")
        hole = int((draw - 0.7) / 0.3 * len(rows))
        session.begin, session.page = end, session.page + 1
        return Found(rows[:hole] + rows[hole + 1 + len(rows) // 10 :], fault="F17")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
