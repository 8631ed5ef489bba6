"""Scenario G16: captured tokens and key lists, what each token truly is, and what the product makes of them."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mailwitness import Case
from mailwitness.cli.simulating import _token_verdicts
from mailwitness.errors import UsageError
from mailwitness.simulate.captured.kinds import KINDS
from mailwitness.simulate.options import Coverage, Options
from mailwitness.simulate.run import simulate
from mailwitness.simulate.score import Score, captured_tokens, with_captured

pytest.importorskip("cryptography")
SMALL: dict[str, Any] = {"mailboxes": 10, "days": 4, "seed": 6, "scenarios": ("G16",)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("g16") / "tenant"
    simulate(Options(**SMALL), folder)
    return folder


def scored(out: Path) -> Score:
    """The tokens of a tenant, judged in a case of its exports."""
    case = Case.create(out / "case")
    case.add([out / "exports"], options={"collected_for": "all-users"})
    tokens = captured_tokens(out / "truth")
    verdicts = _token_verdicts(case, out / "truth", tokens[0].used_in_tenant, tokens[0].used_at)
    return with_captured(Score("full", (), (), ()), out / "truth", tokens, verdicts)


def parts(line: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token."""
    header, claims = (
        msgspec.json.decode(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))) for part in line.split(b".")[:2]
    )
    return header, claims


def test_there_is_one_token_of_every_kind(out: Path) -> None:
    """The truth names each by its hash, in the order of the file, and says for all issued ones which sign-in it was."""
    lines = (out / "exports/captured/tokens.jwt").read_bytes().splitlines()
    rows = captured_tokens(out / "truth")
    signins = {
        msgspec.json.decode(line)["signin_id"] for line in (out / "truth/signins.jsonl").read_bytes().splitlines()
    }

    assert list(KINDS) == [row.kind for row in rows]
    assert len(KINDS) == len(set(lines)) == len({row.sha256 for row in rows})
    assert [(kind.issued, kind.holds) for kind in KINDS.values()] == [(row.issued, row.holds) for row in rows]
    assert {row.signin_id for row in rows} - {None} <= signins
    assert {kind for kind, row in zip(KINDS, rows, strict=True) if row.signin_id is not None} == {
        name for name, kind in KINDS.items() if kind.issued and not kind.is_foreign
    }


def test_tokens_have_the_form_of_their_version(out: Path) -> None:
    """1.0: issuer sts.windows.net, appid, audience as an address. 2.0: login.microsoftonline.com, azp, audience as an id."""
    lines = dict(zip(KINDS, (out / "exports/captured/tokens.jwt").read_bytes().splitlines(), strict=True))
    tenant = msgspec.json.decode((out / "truth/tenant.json").read_bytes())["tenant_id"]
    (header, first), (_, second) = parts(lines["issued_v1"]), parts(lines["issued_v2"])

    assert {"typ": "JWT", "alg": "RS256", "x5t": header["kid"], "kid": header["kid"]} == header
    assert (f"https://sts.windows.net/{tenant}/", "1.0", "https://outlook.office365.com") == (
        first["iss"], first["ver"], first["aud"],
    )  # fmt: skip
    assert (f"https://login.microsoftonline.com/{tenant}/v2.0", "2.0", "00000002-0000-0ff1-ce00-000000000000") == (
        second["iss"], second["ver"], second["aud"],
    )  # fmt: skip
    assert ("appid" in first, "azp" in second, "appid" in second) == (True, True, False)


def test_key_lists_are_dated_and_differ(out: Path) -> None:
    """Of three days, from one address: a key goes, and another one comes."""
    lists = [msgspec.json.decode(path.read_bytes()) for path in sorted((out / "exports/captured").glob("keys-*.json"))]
    kids = [{key["kid"] for key in one["keys"]} for one in lists]

    assert ["2026-01-01", "2026-03-02", "2026-03-09"] == [one["retrieved_at"][:10] for one in lists]
    assert 1 == len({one["url"] for one in lists})
    assert (1, 0) == (len(kids[0] - kids[1]), len(kids[1] - kids[0]))
    assert (0, 1) == (len(kids[1] - kids[2]), len(kids[2] - kids[1]))


@pytest.mark.parametrize("coverage", ["full", "unified-only", "loss20"])
def test_every_verdict_is_right_or_undecidable_rightly(coverage: Coverage, tmp_path: Path) -> None:
    """At full coverage all that can be decided is; nothing is wrong where logs are missing."""
    simulate(Options(coverage=coverage, **SMALL), tmp_path / "tenant")

    found = scored(tmp_path / "tenant")

    (one,) = found.claims
    assert (len(KINDS), 0) == (one.subjects, one.wrong)
    assert () == found.errors
    if coverage == "full":
        assert (len(KINDS) - 1, 1) == (one.right, one.undecidable_rightly)


def test_a_wrong_verdict_is_counted_and_named(out: Path) -> None:
    """Supported for a forged token, and one that holds contradicted; no verdict at all is undecidable."""
    rows = {row.kind: row for row in captured_tokens(out / "truth")}
    verdicts = {rows["consumer_key"].sha256: "supported", rows["issued_v1"].sha256: "contradicted"}

    found = with_captured(Score("full", (), (), ()), out / "truth", list(rows.values()), verdicts)

    assert 2 == found.claims[0].wrong == found.most_wrong
    assert {rows["consumer_key"].sha256, rows["issued_v1"].sha256} == {
        error.truth for error in found.errors if error.outcome == "wrong"
    }
    assert 1 == found.claims[0].undecidable_rightly


def test_the_same_seed_gives_the_same_keys_and_tokens(out: Path, tmp_path: Path) -> None:
    """Whatever else the tenant's exports hold; another seed gives others."""
    simulate(Options(formats=("purview_csv",), **SMALL), tmp_path / "again")
    simulate(Options(formats=("purview_csv",), **{**SMALL, "seed": 7}), tmp_path / "other")

    def captured(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (folder / "exports/captured").iterdir()}

    assert captured(out) == captured(tmp_path / "again")
    assert not {*captured(out).values()} & {*captured(tmp_path / "other").values()}


def test_without_cryptography_the_scenario_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made; the message says what to install."""
    for name in [name for name in sys.modules if name.startswith(("cryptography", "mailwitness.simulate.captured."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)

    with pytest.raises(UsageError, match=r"scenario G16 signs tokens and needs 'cryptography'.*mailwitness\[tokens\]"):
        simulate(Options(**SMALL), tmp_path / "out")
    assert [] == list(tmp_path.iterdir())


def test_tokens_that_are_not_beside_the_truth_are_missed_by_name(out: Path, tmp_path: Path) -> None:
    """The truth was moved away from its exports."""
    case = Case.create(tmp_path / "case")

    with pytest.raises(UsageError, match="Leave the exports beside the truth"):
        _token_verdicts(case, tmp_path / "truth", "", "")
