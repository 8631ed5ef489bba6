"""One department's days, as rows of the truth files on disk.

Rows wait in memory for two days: a record may be written the day after its act, and a token lives up to 28 hours. Then they are written
in the order of time and forgotten. What only the whole tenant can tell (whether another department used a sign-in's token, which
records no file holds in the end) is left open and closed by `files.finish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import msgspec

from mailwitness.simulate.acts import (
    Act,
    Arrival,
    Cmdlet,
    DirectoryAct,
    GraphCall,
    MailAccess,
    MailboxAct,
    OtherAct,
    SignIn,
    TokenCapture,
)
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.service.identifiers import token_identifier
from mailwitness.simulate.truth.moments import text_of
from mailwitness.simulate.truth.rows import AccessRow, AnyRow, CoverageRow, SignInRow, SpooledStep, TokenRow
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

DAYS_KEPT = 2
UNSTATED = "unstated"
"""Fate of an access that left no record and of which the service did not say why: a defect of the simulator."""

_encode = msgspec.json.Encoder().encode
_Row: TypeAlias = SignInRow | AccessRow | SpooledStep
_Entry = TypeVar("_Entry", tuple[int, str, _Row], tuple[int, TokenRow, SignInRow | None])


class Stretch(Protocol):
    """What the service could record of a mailbox in an interval: `mailwitness.simulate.service.Recordable`."""

    @property
    def mailbox(self) -> str: ...
    @property
    def valid_from(self) -> int: ...
    @property
    def valid_to(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def missing(self) -> tuple[str, ...]: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


class Change(msgspec.Struct, frozen=True, gc=False):
    """A setting that a scenario changed."""

    at: int
    subject: str
    name: str
    scenario: str
    step: str


class Truth:
    """What is true of one department. `take` each day in order, then `close`."""

    def __init__(self, folder: Path, tenant: Tenant, department: int) -> None:
        self._folder = folder
        self._tenant = tenant
        self._name = f"{department:04d}"
        self._seen_until = tenant.start_at
        self._written_until = tenant.start_at
        self._waiting: dict[str, list[tuple[int, str, _Row]]] = {"signins": [], "accesses": [], "steps": []}
        self._waiting_tokens: list[tuple[int, TokenRow, SignInRow | None]] = []
        self._of_act: dict[str, list[_Row]] = {}
        self._signins: dict[str, SignInRow] = {}
        self._tokens: dict[tuple[str, str], tuple[int, TokenRow]] = {}
        self._elsewhere: set[str] = (
            set()
        )  # sign-ins whose tokens were used here and that are not known here, or no more
        self._changes: list[Change] = []

    def take(self, acts: Iterable[Act], judged: Iterable[tuple[Logged, bool]], fates: Mapping[str, str]) -> None:
        """Take a day: its acts, what was recorded since the last call with whether an export will hold it, why acts made no record."""
        for act in acts:
            if act.at < self._written_until:
                raise ValueError(f"act {act.key} of {text_of(act.at)} came after the acts of its day were written")
            self._seen_until = max(self._seen_until, act.at)
            if isinstance(act, SignIn):
                self._take_signin(act)
            elif isinstance(act, MailAccess):
                self._take_access(act)
            if act.scenario:
                self._take_step(act)
        for logged, held in judged:
            if logged.at < self._written_until:
                raise ValueError(
                    f"record {logged.id} of {text_of(logged.at)} came after the acts of its day were written"
                )
            for key in logged.acts:
                for row in self._of_act.get(key, ()):
                    _note(row, logged, held)
        for key, reason in fates.items():
            for row in self._of_act.get(key, ()):
                if isinstance(row, AccessRow):
                    row.fate = reason
        today = self._tenant.day_start(self._tenant.day_of(self._seen_until))
        self._write_until(today - (DAYS_KEPT - 1) * MS_PER_DAY)

    def close(self, recordable: Iterable[Stretch]) -> None:
        """Write what is left, and what the service could record of each of the department's mailboxes and when."""
        self._write_until(self._seen_until + MS_PER_DAY)
        self._append("coverage", (row for row in map(self._coverage, recordable) if row is not None))
        self._append("changes", self._changes)
        path = self._folder / "elsewhere" / self._name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{signin_id}\n" for signin_id in sorted(self._elsewhere)), "ascii")

    def _take_signin(self, act: SignIn) -> None:
        person = None if act.person is None else self._tenant.people[act.person]
        row = SignInRow(
            time=text_of(act.at),
            signin_id=act.request_id,
            stream=act.stream,
            user_principal_name=None if person is None else person.upn,
            principal_id=None if act.principal is None else act.principal.principal_id,
            app_id=act.app.app_id,
            client_app_used=act.client.client_app_used,
            protocol=act.protocol,
            error_code=act.error_code,
            first_factor=act.first_factor,
            unlogged=act.unlogged,
            record_ids=[],
            exported_ids=[],
            exported_streams=[],
            scenario=act.scenario,
            step=act.step,
        )
        self._signins[act.request_id] = row
        self._keep("signins", act, row)

    def _take_access(self, act: MailAccess) -> None:
        token, client = act.token, act.client
        person = None if act.actor is None else self._tenant.people[act.actor]
        app = client.app if act.app is None else act.app
        signin_id = act.signin_id
        if token is not None and token.issued:
            signin_id = token.request_id
        if signin_id is not None:
            issuing = self._signins.get(signin_id)
            if issuing is None:
                self._elsewhere.add(signin_id)
            else:
                issuing.obtained_mail = True
        lists = act.how != "sync" or act.scenario != ""  # daily syncs would list whole folders, again and again
        row = AccessRow(
            time=text_of(act.at),
            key=act.key,
            mailbox=act.mailbox,
            how=act.how,
            folder=act.folder,
            logon=act.logon,
            user=None if person is None else person.upn,
            app=app.app_id,
            app_id=client.app_id,
            client_app_id=client.client_app_id,
            session_id=act.session_id,
            unique_token_identifier=None if token is None else token_identifier(token.request_id),
            signin_id=signin_id,
            client_ip=act.place.ip,
            client=client.kind,
            message_count=len(act.messages),
            messages=[message.internet_message_id for message in act.messages] if lists else [],
            item_ids=[message.item_id for message in act.messages] if act.how == "attachment" else [],
            record_ids=[],
            exported_ids=[],
            scenario=act.scenario,
            step=act.step,
        )
        self._keep("accesses", act, row)
        if token is not None:
            self._take_token(act, row.user)

    def _take_token(self, act: MailAccess, user: str | None) -> None:
        token = act.token
        assert token is not None
        known = self._tokens.get((token.request_id, act.mailbox))
        if known is not None:
            row = known[1]
            if act.scenario and not row.scenario:  # a stolen token is used by its owner first
                row.scenario, row.step = act.scenario, act.step
            return
        row = TokenRow(
            time=text_of(act.at),
            request_id=token.request_id,
            mailbox=act.mailbox,
            issued=token.issued,
            unique_token_identifier=token_identifier(token.request_id),
            session_id=act.session_id if token.session_id is None else token.session_id,
            user=user,
            app_id=token.app_id,
            issued_at=text_of(token.issued_at),
            signin_id=token.request_id if token.issued else None,
            scenario=act.scenario,
            step=act.step,
        )
        self._tokens[token.request_id, act.mailbox] = max(token.expires_at, act.at), row
        self._waiting_tokens.append((act.at, row, self._signins.get(token.request_id) if token.issued else None))

    def _take_step(self, act: Act) -> None:
        row = SpooledStep(
            time=text_of(act.at),
            key=act.key,
            act=type(act).__name__,
            operation=_operation(act),
            mailbox=act.mailbox if isinstance(act, (MailAccess, MailboxAct)) else None,
            record_ids=[],
            exported_ids=[],
            held=[],
            scenario=act.scenario,
            step=act.step,
        )
        self._keep("steps", act, row)
        if isinstance(act, (Cmdlet, DirectoryAct, MailboxAct)):
            self._changes += [Change(act.at, subject, name, act.scenario, act.step) for subject, name, _ in act.changes]

    def _keep(self, name: str, act: Act, row: _Row) -> None:
        self._waiting[name].append((act.at, act.key, row))
        self._of_act.setdefault(act.key, []).append(row)

    def _coverage(self, stretch: Stretch) -> CoverageRow | None:
        begin, end = max(stretch.valid_from, self._tenant.start_at), min(stretch.valid_to, self._tenant.end_at)
        if begin >= end:
            return None
        return CoverageRow(
            mailbox=stretch.mailbox,
            time_from=text_of(begin),
            time_to=text_of(end),
            state=stretch.state,
            missing=list(stretch.missing),
            reasons=list(stretch.reasons),
            exported_state=stretch.state,
            scenario="",
            step="",
        )

    def _write_until(self, moment: int) -> None:
        """Write the rows of acts before this moment and forget them."""
        if moment <= self._written_until:
            return
        self._written_until = moment
        ripe: list[tuple[int, str, _Row]]
        for name, waiting in self._waiting.items():
            ripe, self._waiting[name] = _parted(waiting, moment)
            for _, key, row in ripe:
                self._of_act.pop(key, None)
                _settle(row)
            self._append(name, (row for _, _, row in ripe))
        tokens, self._waiting_tokens = _parted(self._waiting_tokens, moment)
        settled: list[TokenRow] = []
        unsettled: list[TokenRow] = []
        for _, token, issuing in tokens:
            if issuing is not None:
                token.signin_stream = issuing.stream
                token.signin_recorded, token.signin_exported = bool(issuing.record_ids), bool(issuing.exported_ids)
            (unsettled if token.issued and issuing is None else settled).append(token)
        self._append("tokens", settled)
        self._append("tokens_unsettled", unsettled)
        limit = text_of(moment)
        self._signins = {signin_id: row for signin_id, row in self._signins.items() if row.time >= limit}
        self._tokens = {
            key: known for key, known in self._tokens.items() if known[0] >= moment or known[1].time >= limit
        }

    def _append(self, name: str, rows: Iterable[AnyRow | Change]) -> None:
        """Append the rows to a spool file, as lines in the order of their texts."""
        path = self._folder / name / self._name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as out:
            out.writelines(line + b"\n" for line in sorted(map(_encode, rows)))


def _parted(waiting: list[_Entry], moment: int) -> tuple[list[_Entry], list[_Entry]]:
    """The entries before this moment, and the others."""
    before = [entry for entry in waiting if entry[0] < moment]
    return before, [entry for entry in waiting if entry[0] >= moment]


def _note(row: _Row, logged: Logged, held: bool) -> None:
    """Note on a row that a record tells of its act. A record that is delivered twice is one record."""
    if logged.id not in row.record_ids:
        row.record_ids.append(logged.id)
    if held and isinstance(row, SpooledStep):
        if (logged.stream, logged.id) not in zip(row.held, row.exported_ids, strict=True):
            row.held.append(logged.stream)
            row.exported_ids.append(logged.id)
    elif held and logged.id not in row.exported_ids:
        row.exported_ids.append(logged.id)
    if isinstance(row, AccessRow):
        context = logged.record.get("AppAccessContext") or {}
        if logged.record.get("SessionId") or "UniqueTokenId" in context or "AADSessionId" in context:
            row.names_credential = True
        if any(said["Name"] == "IsThrottled" for said in logged.record.get("OperationProperties", ())):
            row.throttling_stated = True
    elif isinstance(row, SignInRow) and held and logged.stream not in row.exported_streams:
        row.exported_streams.append(logged.stream)


def _settle(row: _Row) -> None:
    if isinstance(row, SpooledStep):
        return
    row.recorded, row.exported = bool(row.record_ids), bool(row.exported_ids)
    if isinstance(row, AccessRow):
        row.fate = None if row.recorded else row.fate or UNSTATED


def _operation(act: Act) -> str:
    """What was done, in the words of its kind."""
    match act:
        case MailAccess():
            return act.how
        case MailboxAct() | Cmdlet() | OtherAct():
            return act.operation
        case DirectoryAct():
            return act.activity
        case SignIn():
            return act.stream
        case GraphCall():
            return f"{act.method} {act.uri}"
        case Arrival():
            return "arrival"
        case TokenCapture():
            return act.truly
        case _:
            raise TypeError(f"{type(act).__name__} is no kind of act")
