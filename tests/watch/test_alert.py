"""What an alert says, what it keeps back, and its id."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from mailwitness.watch.alert import alert_id_of, finding_alert, harmless, hours_text, silence_alert
from tests.watch.receiving import ABOUT, alert, finding


def test_an_alert_of_a_finding_says_who_what_and_which_verdict() -> None:
    """Mailbox, actor, claim, verdict and the finding's id are enough to open the case at the right place."""
    row = finding(state="degraded", bounds="at_least")
    before = finding(verdict="undecidable", state=None, bounds="exact", severity="low")

    made = finding_alert(ABOUT, "a1", "finding", "changed", row, before, ["unissued"], False)

    assert {
        "schema_version": 1,
        "alert_id": "a1",
        "kind": "finding",
        "change": "changed",
        **ABOUT,
        "severity": "high",
        "sentence": "changed finding (high, contradicted, degraded, at_least, before: undecidable, exact): the credential behind this mail "
        "access was issued by a recorded sign-in; mailbox ana@contoso.test; actor AbCd",
        "finding_id": "f1",
        "claim": "the credential behind this mail access was issued by a recorded sign-in",
        "pillar": "provenance",
        "subject_kind": "token",
        "subject": "AbCd",
        "title": "No sign-in issued it",
        "mailbox": "ana@contoso.test",
        "actor": "AbCd",
        "actor_kind": "session",
        "time_from": "2026-03-02T08:00:00Z",
        "time_to": "2026-03-02T09:00:00Z",
        "verdict": "contradicted",
        "state": "degraded",
        "bounds": "at_least",
        "before": {"verdict": "undecidable", "state": None, "bounds": "exact", "severity": "low"},
        "reasons": ["unissued"],
    } == made.content


@pytest.mark.parametrize("kind", ["message", "item", "folder", "a kind of tomorrow"])
def test_content_of_mail_stays_in_the_case(kind: str) -> None:
    """Only kinds of subject known to be identifiers are shown; of any other, subject and title are named as withheld."""
    row = finding(subject_kind=kind, subject="<m1@contoso.test>", title="Quarterly figures")

    made = finding_alert(ABOUT, "a1", "finding", "new", row, None, [], False)

    text = json.dumps(made.content)
    assert ["subject", "title"] == made.content["withheld"]
    assert "Quarterly" not in text
    assert "<m1@" not in text


def test_content_is_shown_where_it_was_asked_for() -> None:
    """``--with-content`` puts subject and title in."""
    row = finding(subject_kind="message", subject="<m1@contoso.test>", title="Quarterly figures")

    made = finding_alert(ABOUT, "a1", "finding", "new", row, None, [], True)

    assert ("<m1@contoso.test>", "Quarterly figures") == (made.content["subject"], made.content["title"])
    assert "withheld" not in made.content


def test_what_is_withdrawn_has_no_verdict_any_more() -> None:
    """A finding that is gone is told with what was last told of it, and without a verdict of now."""
    made = finding_alert(ABOUT, "a1", "finding", "withdrawn", None, finding(), [], False)

    assert (None, "contradicted") == (made.content["verdict"], made.content["before"]["verdict"])
    assert made.sentence.startswith("withdrawn finding (high, no longer found): ")


def test_silence_says_since_when_and_by_what_measure() -> None:
    """The limit of a silence and what it rests on stand in the sentence."""
    made = silence_alert(ABOUT, "a1", "new", "directory_audits", datetime(2026, 3, 2), 7 * 3600, "its rhythm")

    assert (
        "directory_audits is silent: its last record is of 2026-03-02T00:00:00Z, longer ago than 7 h (its rhythm)"
        == made.sentence
    )
    assert ("high", 25200) == (made.severity, made.content["silent_after_s"])


def test_ids_differ_by_case_by_subject_and_by_telling() -> None:
    """An id is repeated only by the same telling of the same thing in the same case; parts that join to one text are kept apart."""
    ids = [
        alert_id_of(*parts) for parts in (("a", "bc", 1), ("ab", "c", 1), ("a", "bc", 2), ("a", "b", 1), ("a", "bc", 1))
    ]

    assert 4 == len(set(ids))
    assert ids[0] == ids[4]


def test_no_text_of_an_alert_is_long() -> None:
    """A log field of a megabyte is cut, and its true length told."""
    made = alert(mailbox="a" * 1_000_000)

    assert f"{'a' * 500}… (1000000 characters)" == made.content["mailbox"]
    assert len(json.dumps(made.content)) < 4_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Müller <a@b>", "Müller <a@b>"),
        ("a\nb\r\0\x1b[31m", "a\\nb\\r\\x00\\x1b[31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\u2028b\ufeffc", "a\\u2028b\\ufeffc"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_does_not_show_is_escaped(text: str, shown: str) -> None:
    """Control, format and line-breaking characters, lone surrogates and tags become escapes; letters of any script stay."""
    assert shown == harmless(text)


@pytest.mark.parametrize(("seconds", "text"), [(5400, "90 min"), (21600, "6 h"), (225000, "62.5 h")])
def test_lengths_of_time_are_readable(seconds: float, text: str) -> None:
    """Minutes below two hours, then hours."""
    assert text == hours_text(seconds)
