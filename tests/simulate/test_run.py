"""The whole way: a tenant is simulated, its exports are investigated, and the findings are held against the truth."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from mailwitness import Case
from mailwitness.analyses import questions
from mailwitness.errors import UsageError
from mailwitness.simulate.options import COVERAGES, Coverage, Options
from mailwitness.simulate.run import simulate
from mailwitness.simulate.score import Score, score

SMALL = {"mailboxes": 50, "days": 7, "seed": 11, "scenarios": ("G2", "G5", "G8", "G10")}


@pytest.fixture(scope="module", params=COVERAGES)
def scored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Coverage, Score, Case]:
    """One small tenant at one coverage, investigated whole and scored."""
    coverage: Coverage = request.param
    out = tmp_path_factory.mktemp(coverage) / "tenant"
    simulate(Options(coverage=coverage, **SMALL), out)  # type: ignore[arg-type]
    case = Case.create(out / "case")
    added = case.add([out / "exports"], options={"collected_for": "all-users"})
    assert added.problems == []
    answers = case.answer_files()
    return coverage, score(answers["findings"], answers["refs"], out / "truth", {q.pillar for q in questions()}), case


def test_no_decided_verdict_is_against_the_truth(scored: tuple[Coverage, Score, Case]) -> None:
    """Of every claim, in every scenario, at every coverage: nothing is wrong."""
    _, found, _ = scored

    assert [] == [(one.claim, one.scenario, one.wrong) for one in found.claims if one.wrong]
    assert [] == [error for error in found.errors if error.outcome == "wrong"]


def test_every_message_that_the_exports_show_is_found(scored: tuple[Coverage, Score, Case]) -> None:
    """What an attack obtained, and an export holds, is in the findings; a message that nobody recorded is told as undecidable."""
    coverage, found, _ = scored
    messages = {one.scenario: one for one in found.claims if one.claim == "this message was accessed by this actor"}

    assert {"G2", "G5", "G8", "G10"} <= messages.keys()
    for one in messages.values():
        assert one.right > 0 and one.undecidable_though_decidable == 0
        if coverage != "loss20" and one.scenario:
            assert one.subjects == one.right


def test_a_list_is_exact_only_where_everything_was_handed_over(scored: tuple[Coverage, Score, Case]) -> None:
    """With logs missing or lost nobody can say that a list of messages has its upper end."""
    coverage, _, case = scored
    exact = case.sql("SELECT count(*) FROM findings WHERE bounds = 'exact' AND verdict = 'supported'").fetchall()[0][0]

    assert coverage == "full" or exact == 0


def test_inbox_rules_of_people_and_attackers_are_in_the_settings(tmp_path: Path) -> None:
    """Each is a setting in the truth, and a row of the last day's rules in both formats of settings."""
    out = tmp_path / "tenant"
    simulate(Options(mailboxes=60, days=7, seed=11, scenarios=("G2", "G13")), out)
    case = Case.create(out / "case")
    case.add([out / "exports"])

    told = [msgspec.json.decode(line) for line in (out / "truth/settings.jsonl").read_bytes().splitlines()]
    boxes = msgspec.json.decode((out / "truth/tenant.json").read_bytes())["mailboxes"]
    upn = {box["mailbox"]: box["upn"] for box in boxes}
    rules = {
        (upn[row["subject"]], row["name"].removeprefix("InboxRule:"), row["scenario"])
        for row in told
        if row["name"].startswith("InboxRule:") and row["value"]
    }
    shown = case.sql("SELECT DISTINCT mailbox, rule_name FROM inbox_rules WHERE operation = 'snapshot'").fetchall()
    readers = case.sql(
        "SELECT reader FROM evidence WHERE reader LIKE '%rules%' AND records = (SELECT count(*) FROM inbox_rules WHERE "
        "operation = 'snapshot') ORDER BY 1"
    ).fetchall()
    assert {"G2", "G13", ""} == {scenario for *_, scenario in rules}
    assert {(box, name) for box, name, _ in rules} == set(shown)
    assert [("exo_inbox_rules_csv",), ("mes_rules_csv",)] == readers


@pytest.mark.parametrize(
    "formats", [("mes", "settings"), ("purview_csv", "entra_portal_csv", "settings"), ("sual_csv", "settings")]
)
def test_what_a_careless_collector_lost_makes_no_verdict_wrong(formats: tuple[str, ...], tmp_path: Path) -> None:
    """Caps and a broken file: records are missing in the truth of the exports, no list is exact, no hour is told recorded that is not."""
    out = tmp_path / "tenant"
    simulate(
        Options(mailboxes=120, days=4, seed=12, scenarios=("G2", "G8"), formats=formats, collector="careless"), out
    )
    case = Case.create(out / "case")
    case.add([out / "exports"], options={"collected_for": "all-users"})
    answers = case.answer_files()
    found = score(answers["findings"], answers["refs"], out / "truth", {q.pillar for q in questions()})

    accesses = [msgspec.json.decode(line) for line in (out / "truth/accesses.jsonl").read_bytes().splitlines()]
    states = {
        msgspec.json.decode(row)["exported_state"] for row in (out / "truth/coverage.jsonl").read_bytes().splitlines()
    }
    assert 0 < sum(row["recorded"] and not row["exported"] for row in accesses) < len(accesses)
    assert "degraded" in states
    assert [] == [error for error in found.errors if error.outcome == "wrong"]
    assert (
        0 == case.sql("SELECT count(*) FROM findings WHERE bounds = 'exact' AND verdict = 'supported'").fetchall()[0][0]
    )
    assert 0 < case.sql("SELECT count(*) FROM rejects").fetchall()[0][0]


def digest(folder: Path) -> dict[str, str]:
    """Every file below the folder, by its hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_options_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one process or two, exports and truth are the same; another seed gives another tenant."""
    options = Options(
        mailboxes=60, days=4, seed=3, scenarios=("G4",), formats=("purview_csv", "graph_pages", "settings")
    )
    simulate(options, tmp_path / "two")
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    simulate(options, tmp_path / "one")
    simulate(Options(mailboxes=60, days=3, seed=4, formats=("purview_csv",)), tmp_path / "other")

    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one")["truth/accesses.jsonl"] != digest(tmp_path / "other")["truth/accesses.jsonl"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """The tenant is not mixed with what is there, and the message says what to do."""
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(UsageError, match="is not an empty folder"):
        simulate(Options(mailboxes=10, days=1), tmp_path)
    assert ["notes.txt"] == [path.name for path in tmp_path.iterdir()]


def test_an_unknown_format_or_scenario_leaves_nothing_behind(tmp_path: Path) -> None:
    """Named before anything is made, with what there is."""
    with pytest.raises(UsageError, match=r"--formats 'pdf' is not known; it is one of diagnostic_settings, "):
        simulate(Options(mailboxes=10, days=1, formats=("pdf",)), tmp_path / "out")
    with pytest.raises(UsageError, match="G99"):
        simulate(Options(mailboxes=10, days=1, scenarios=("G99",)), tmp_path / "out")
    assert [] == list(tmp_path.iterdir())
