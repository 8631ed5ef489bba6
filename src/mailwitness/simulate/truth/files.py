"""The truth files, merged from the departments once all exports are written."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mailwitness.simulate.logged import Key
from mailwitness.simulate.truth.department import Change
from mailwitness.simulate.truth.exported_hours import exported_stretches, within, worse
from mailwitness.simulate.truth.moments import at_of, text_of
from mailwitness.simulate.truth.rows import (
    AccessRow,
    CapturedTokenRow,
    CoverageRow,
    SettingRow,
    SignInRow,
    SpooledStep,
    StepRow,
    TokenRow,
)
from mailwitness.simulate.world import MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

EFFECT_WITHIN = 2 * MS_PER_HOUR
"""How long after a scenario changed a setting an interval may begin that is put down to it; Exchange needs up to an hour to obey."""

_encode = msgspec.json.Encoder().encode


def finish(
    tenant: Tenant,
    timeline: Timeline,
    spool: Path,
    folder: Path,
    formats: Sequence[str],
    dropped: Collection[Key] = frozenset(),
    captured: Collection[CapturedTokenRow] = (),
) -> dict[str, int]:
    """Write ``folder`` from what the departments' `Truth` left in ``spool``; the number of rows by file.

    ``formats``: those the exports were written in. ``dropped``: records that every export left out by a cap or a cut, though they
    were held until then. ``captured``: the rows of captured tokens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finishing = _Finish(tenant, timeline, spool, folder, frozenset(dropped))
    return finishing.written(formats, sorted(_encode(row) + b"\n" for row in captured))


class _Finish:
    def __init__(self, tenant: Tenant, timeline: Timeline, spool: Path, folder: Path, dropped: frozenset[Key]) -> None:
        self._tenant, self._timeline = tenant, timeline
        self._spool, self._folder, self._dropped = spool, folder, dropped
        self._elsewhere = frozenset(line.strip() for line in self._lines("elsewhere"))
        decode = msgspec.json.Decoder(Change).decode
        self._changes = [decode(line) for line in self._lines("changes")]
        self._signins: dict[str, SignInRow] = {}  # those whose tokens were used in another department, or long after
        self._unexported: set[str] = set()  # sign-ins whose records were all dropped
        self._hours: dict[int, tuple[int, int]] = {}

    def written(self, formats: Sequence[str], captured: Sequence[bytes]) -> dict[str, int]:
        (self._folder / "tenant.json").write_bytes(msgspec.json.format(_encode(self._about(formats)), indent=1) + b"\n")
        return {
            "signins": self._write("signins", map(self._signin, self._lines("signins"))),
            "accesses": self._write("accesses", map(self._access, self._lines("accesses"))),
            "tokens": self._write("tokens", self._tokens()),
            "coverage": self._write("coverage", self._coverage()),
            "settings": self._write("settings", self._settings()),
            "steps": self._write("steps", map(self._step, self._lines("steps"))),
            "captured_tokens": self._write("captured_tokens", captured),
        }

    def _lines(self, name: str) -> Iterator[bytes]:
        """The lines of all departments, in the order of their texts."""
        folder = self._spool / name
        with ExitStack() as opened:
            files = (
                [opened.enter_context(path.open("rb")) for path in sorted(folder.iterdir())] if folder.is_dir() else []
            )
            yield from heapq.merge(*files)

    def _write(self, name: str, lines: Iterable[bytes]) -> int:
        rows = 0
        with (self._folder / f"{name}.jsonl").open("wb", buffering=1 << 20) as out:
            for line in lines:
                out.write(line)
                rows += 1
        return rows

    _decode_signin: Callable[[bytes], SignInRow] = staticmethod(msgspec.json.Decoder(SignInRow).decode)
    _decode_access: Callable[[bytes], AccessRow] = staticmethod(msgspec.json.Decoder(AccessRow).decode)
    _decode_token: Callable[[bytes], TokenRow] = staticmethod(msgspec.json.Decoder(TokenRow).decode)
    _decode_step: Callable[[bytes], SpooledStep] = staticmethod(msgspec.json.Decoder(SpooledStep).decode)

    def _signin(self, line: bytes) -> bytes:
        signin_id = line[_ID_AT : line.index(b'"', _ID_AT)]
        used = signin_id in self._elsewhere
        if not used and not self._dropped:
            return line
        row = self._decode_signin(line)
        # all records of a sign-in have its id, in whatever log
        row.exported_streams = [s for s in row.exported_streams if (s, row.signin_id) not in self._dropped]
        row.exported = bool(row.exported_streams)
        if not row.exported:
            row.exported_ids = []
        if used:
            row.obtained_mail = True
            self._signins[row.signin_id] = row
        if self._dropped and not row.exported:
            self._unexported.add(row.signin_id)
        return _encode(row) + b"\n"

    def _access(self, line: bytes) -> bytes:
        if self._dropped:
            row = self._decode_access(line)
            row.exported_ids = [id_ for id_ in row.exported_ids if ("unified", id_) not in self._dropped]
            row.exported = bool(row.exported_ids)
            line = _encode(row) + b"\n"
        if b',"recorded":true,' in line:
            hour = at_of(line[_TIME_AT : _TIME_AT + 13].decode() + ":00:00.000Z") // MS_PER_HOUR
            recorded, exported = self._hours.get(hour, (0, 0))
            self._hours[hour] = recorded + 1, exported + (b',"exported":true,' in line)
        return line

    def _step(self, line: bytes) -> bytes:
        row = self._decode_step(line)
        kept = [key for key in zip(row.held, row.exported_ids, strict=True) if key not in self._dropped]
        fields = {name: getattr(row, name) for name in StepRow.__struct_fields__}
        fields["exported_ids"] = list(dict.fromkeys(id_ for _, id_ in kept))
        return _encode(StepRow(**fields)) + b"\n"

    def _tokens(self) -> Iterator[bytes]:
        return heapq.merge(
            map(self._token, self._lines("tokens")), map(self._unsettled, self._lines("tokens_unsettled"))
        )

    def _token(self, line: bytes) -> bytes:
        if not self._unexported:
            return line
        row = self._decode_token(line)
        if row.signin_id in self._unexported:
            row.signin_exported = False
        return _encode(row) + b"\n"

    def _unsettled(self, line: bytes) -> bytes:
        row = self._decode_token(line)
        issuing = self._signins.get(row.request_id)
        if issuing is not None:
            row.signin_stream, row.signin_recorded, row.signin_exported = (
                issuing.stream,
                issuing.recorded,
                issuing.exported,
            )
        return _encode(row) + b"\n"

    def _coverage(self) -> Iterator[bytes]:
        tenant = self._tenant
        stretches = exported_stretches(
            self._hours, tenant.start_at, tenant.end_at, lossy=tenant.options.coverage == "loss20"
        )
        decode = msgspec.json.Decoder(CoverageRow).decode
        for line in self._lines("coverage"):
            row = decode(line)
            begin, end = at_of(row.time_from), at_of(row.time_to)
            if row.state != "recorded":
                cause = self._cause(row.mailbox, begin)
                if cause is not None:
                    row.scenario, row.step = cause.scenario, cause.step
            state = row.state
            for since, until, exported in within(stretches, begin, end):
                row.time_from, row.time_to, row.exported_state = text_of(since), text_of(until), worse(state, exported)
                yield _encode(row) + b"\n"

    def _cause(self, mailbox: str, begin: int) -> Change | None:
        """The scenario's change of a setting of this mailbox, of the tenant, or of an acting account, that the interval begins with."""
        near = [
            change
            for change in self._changes
            if change.at <= begin <= change.at + EFFECT_WITHIN
            and (change.subject in ("", mailbox) or change.name == "AuditBypassEnabled")
        ]
        return max(near, key=lambda change: (change.at, change.subject, change.name), default=None)

    def _settings(self) -> Iterator[bytes]:
        changed = {(change.subject, change.name, change.at): change for change in self._changes}
        never, always = at_of("9999-01-01T00:00:00.000Z"), 0
        lines = []
        for held in self._timeline.all():
            change = changed.get((held.subject, held.name, held.valid_from))
            row = SettingRow(
                subject=held.subject,
                name=held.name,
                valid_from=None if held.valid_from <= always else text_of(held.valid_from),
                valid_to=None if held.valid_to >= never else text_of(held.valid_to),
                value=held.value,
                scenario="" if change is None else change.scenario,
                step="" if change is None else change.step,
            )
            lines.append((held.subject, held.name, held.valid_from, _encode(row) + b"\n"))
        return (line for *_, line in sorted(lines))

    def _about(self, formats: Sequence[str]) -> dict[str, Any]:
        tenant = self._tenant
        options = tenant.options
        return {
            "version": version("mailwitness"),
            "seed": options.seed,
            "coverage": options.coverage,
            "collector": options.collector,
            "scenarios": list(options.scenarios),
            "formats": list(formats),
            "tenant_id": tenant.tenant_id,
            "domain": tenant.domain,
            "time_from": text_of(tenant.start_at),
            "time_to": text_of(tenant.end_at),
            "collected_at": text_of(tenant.collected_at),
            "mailboxes": [
                {
                    "mailbox": mailbox.guid,
                    "upn": mailbox.upn,
                    "kind": mailbox.kind,
                    "plan": mailbox.plan,
                    "owner": None if mailbox.owner is None else tenant.people[mailbox.owner].upn,
                }
                for mailbox in tenant.mailboxes
            ],
            "people": [
                {"upn": person.upn, "object_id": person.object_id, "mailbox": person.mailbox, "plan": person.plan}
                for person in tenant.people
            ],
        }


_TIME_AT = len('{"time":"')
_ID_AT = _TIME_AT + 24 + len('","signin_id":"')
