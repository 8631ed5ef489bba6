"""A few invented truth rows and findings, and the score of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from mailwitness.simulate.score import CLAIMS, OUTCOMES, Miss, Score, score
from mailwitness.simulate.truth.rows import ROWS

ANA, BO = "aaaa0000-0000-4000-8000-00000000000a", "bbbb0000-0000-4000-8000-00000000000b"
"""The mailboxes of ana@contoso.test and bo@contoso.test."""
PILLARS = ("exposure", "accuracy", "coverage", "provenance", "detection")
BY_RULER = {claim.kind or claim.ruler: claim for claim in CLAIMS}

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "accesses": {
        "time": "2026-03-02T09:00:00.000Z", "key": "act-1", "recorded": True, "exported": True, "mailbox": ANA, "how": "bind",
        "folder": "\\Inbox", "logon": "owner", "user": "ana@contoso.test", "app": "app-outlook", "app_id": None, "client_app_id": None,
        "session_id": "session-1", "unique_token_identifier": None, "signin_id": None, "client_ip": "203.0.113.5", "client": "owa",
        "message_count": 1, "messages": ["<m1@contoso.test>"], "item_ids": [], "record_ids": [], "exported_ids": [],
        "names_credential": True, "throttling_stated": True, "fate": None,
    },
    "signins": {
        "time": "2026-03-02T08:00:00.000Z", "signin_id": "signin-1", "recorded": True, "exported": True, "stream": "interactive",
        "user_principal_name": "ana@contoso.test", "principal_id": None, "app_id": "app-exchange", "client_app_used": "IMAP4",
        "protocol": "ropc", "error_code": 0, "first_factor": True, "unlogged": False, "obtained_mail": False, "record_ids": [],
        "exported_ids": [], "exported_streams": ["interactive"],
    },
    "tokens": {
        "time": "2026-03-02T09:00:00.000Z", "request_id": "11111111-0000-4000-8000-000000000001", "mailbox": ANA, "issued": True,
        "unique_token_identifier": "EREREQAAAECAAAAAAAAAAQ", "session_id": "session-1", "user": "ana@contoso.test",
        "app_id": "app-outlook", "issued_at": "2026-03-02T08:00:00.000Z", "signin_id": "11111111-0000-4000-8000-000000000001",
        "signin_stream": "interactive", "signin_recorded": True, "signin_exported": True,
    },
    "coverage": {
        "mailbox": ANA, "time_from": "2026-03-02T00:00:00.000Z", "time_to": "2026-03-03T00:00:00.000Z", "state": "recorded",
        "missing": [], "reasons": [], "exported_state": "recorded",
    },
    "settings": {"subject": ANA, "name": "ImapEnabled", "valid_from": None, "valid_to": None, "value": "True"},
    "steps": {
        "time": "2026-03-02T09:00:00.000Z", "key": "act-1", "act": "MailAccess", "operation": "bind", "mailbox": ANA,
        "record_ids": ["99999999-0000-4000-8000-000000000009"], "exported_ids": ["99999999-0000-4000-8000-000000000009"],
    },
}  # fmt: skip
_FINDING = {
    "finding_id": "finding-1", "claim": "", "pillar": "", "subject_kind": "message", "subject": "<m1@contoso.test>",
    "mailbox": "ana@contoso.test", "actor": "session-1", "actor_kind": "session", "time_from": "2026-03-02 00:00:00",
    "time_to": "2026-03-03 00:00:00", "verdict": "supported", "state": None, "severity": None,
}  # fmt: skip


@dataclass
class Made:
    """A tenant of one day and two mailboxes, with the truth and the findings that a test gives it."""

    folder: Path
    coverage: str = "full"
    formats: tuple[str, ...] = ("mes", "settings")
    asked: tuple[str, ...] = PILLARS
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in ROWS})
    findings: list[dict[str, Any]] = field(default_factory=list)
    refs: list[tuple[str, str]] = field(default_factory=list)

    def true(self, name: str, /, **given: Any) -> None:
        """A row of a truth file; what is not given is usual."""
        self.rows[name].append({**_DEFAULTS[name], "scenario": "", "step": "", **given})

    def found(self, ruler: str, /, **given: Any) -> None:
        """A finding of the claim that this ruler (or kind of exposure) measures."""
        claim = BY_RULER[ruler]
        self.findings.append({**_FINDING, "claim": claim.claim, "pillar": claim.pillar, **given})

    def scored(self, *rulers: str) -> Score:
        """The score of what was given, by these rulers or by all."""
        truth = self.folder / "truth"
        truth.mkdir(exist_ok=True)
        for name, rows in self.rows.items():
            (truth / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        people = [
            {"upn": "ana@contoso.test", "object_id": "object-ana", "mailbox": ANA},
            {"upn": "bo@contoso.test", "object_id": "object-bo", "mailbox": BO},
        ]
        about = {
            "coverage": self.coverage,
            "collector": "careful",
            "formats": self.formats,
            "time_from": "2026-03-02T00:00:00.000Z",
            "time_to": "2026-03-03T00:00:00.000Z",
            "collected_at": "2026-03-06T00:00:00.000Z",
            "mailboxes": [{"mailbox": person["mailbox"], "upn": person["upn"]} for person in people],
            "people": people,
        }
        (truth / "tenant.json").write_bytes(msgspec.json.encode(about))
        connection = duckdb.connect()
        columns = ", ".join(f"{name} {'TIMESTAMP' if name.startswith('time') else 'VARCHAR'}" for name in _FINDING)
        connection.execute(f"CREATE TABLE findings ({columns})")
        for finding in self.findings:
            assert finding.keys() == _FINDING.keys()
            connection.execute(
                f"INSERT INTO findings VALUES ({', '.join('?' * len(_FINDING))})", list(finding.values())
            )
        connection.execute("CREATE TABLE refs (finding_id VARCHAR, row_id VARCHAR)")
        for ref in self.refs:
            connection.execute("INSERT INTO refs VALUES (?, ?)", ref)
        for name in ("findings", "refs"):
            connection.execute(f"COPY {name} TO '{self.folder / name}.parquet' (FORMAT parquet)")
        connection.close()
        claims = [BY_RULER[ruler] for ruler in rulers] or CLAIMS
        return score([self.folder / "findings.parquet"], [self.folder / "refs.parquet"], truth, self.asked, claims)

    def table(self, ruler: str) -> dict[str, dict[str, float]]:
        """What is not zero of the claim's table, by scenario."""
        return {
            one.scenario: {name: getattr(one, name) for name in OUTCOMES if getattr(one, name)}
            for one in self.scored(ruler).claims
        }

    def misses(self, ruler: str) -> list[Miss]:
        """What is wrong or missed of the claim."""
        return list(self.scored(ruler).errors)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A tenant without anything."""
    return Made(tmp_path)
