"""The answer that a board reads first says no more than the findings, and its counts are those of the tables below it."""

from __future__ import annotations

import re
from typing import Any

from mailwitness.analyses import questions
from mailwitness.report import accuracy, coverage, html, posture, provenance
from mailwitness.report.account import Account, build_account
from mailwitness.report.answer import FETCHED, Sentence
from mailwitness.report.detail import IN_ALL, fair_shares

from .conftest import Given
from .judged_case import judged_case
from .small_case import ABOUT, SESSION, small_case

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202ex@contoso.test"


def answers(account: Account) -> dict[str, list[tuple[str, str]]]:
    """Each question with the certainty and text of its sentences."""
    return {part.question: [(s.certainty, s.text) for s in part.sentences] for part in account.summary.parts}


def sentences(account: Account) -> list[Sentence]:
    return [said for part in account.summary.parts for said in part.sentences]


WHO = "Did somebody obtain mail who should not have?"


def test_the_claims_that_the_report_speaks_of_are_claims_of_the_analyses() -> None:
    """A claim that is worded anew in the analyses is worded anew here."""
    spoken = {
        accuracy.OBTAINED,
        accuracy.FACTOR,
        coverage.CLAIM,
        coverage.FEED_CLAIM,
        posture.CLAIM,
        provenance.ISSUED,
        provenance.ONE_NETWORK,
    }

    assert spoken == spoken & {question.claim for question in questions()}


def test_the_gravest_finding_is_the_headline(given: Given) -> None:
    """Credentials that nobody issued come before everything else, with what their users obtained."""
    account = build_account(given(**judged_case()), ABOUT)

    assert (
        account.summary.headline == "Mail of 1 mailbox was obtained with 2 credentials that no recorded sign-in issued."
    )
    assert [
        (
            "certain",
            ("2 credentials that read mail have no sign-in in these logs, though every log that could hold one is proven whole: in ana@contoso.test. "
            "A stolen key, Microsoft's own services and a defect of the log look the same."),
        ),
        ("at_least", "The sessions and apps that used them obtained at least 1 message there."),
        (
            "certain",
            "1 session that read mail came from two networks within an hour. A telephone or a VPN does that too: somebody has to look.",
        ),
        (
            "certain",
            ("1 sign-in of old protocols, which ask for no second factor, obtained mail: in ana@contoso.test. Whether the owners made them "
            "somebody has to say."),
        ),
        (
            "open",
            ("1 delegate, administrator or application obtained mail of 1 mailbox. Whether they may, and whether the owners were behind the rest, "
            "somebody has to say who knows the people."),
        ),
    ] == answers(account)[WHO]  # fmt: skip


def test_without_such_a_finding_nobody_is_accused_and_nobody_cleared(given: Given) -> None:
    """That nothing is shown is said as open, never as certain."""
    said = answers(build_account(given(**small_case()), ABOUT))[WHO]

    assert ("open", ("No finding shows that mail was obtained by somebody who should not have it. That is no finding that nobody did: whoever "
            "holds a person's credential acts in that person's name.")) == said[0]  # fmt: skip
    assert {"open"} == {certainty for certainty, _ in said}


def test_counts_are_those_of_the_tables_below(given: Given) -> None:
    """Each number of findings in a sentence stands in it as text, and is the number of the listing of verdicts."""
    account = build_account(given(**judged_case()), ABOUT)
    verdicts = {row["claim"]: row for row in account.verdicts.dicts()}

    counted = [(said, entry) for said in sentences(account) for entry in said.findings]
    assert {entry.claim for _, entry in counted} == {
        accuracy.OBTAINED,
        accuracy.FACTOR,
        coverage.FEED_CLAIM,
        posture.CLAIM,
        provenance.ISSUED,
        provenance.ONE_NETWORK,
    }
    for said, entry in counted:
        assert verdicts[entry.claim][entry.verdict] == entry.total
        assert re.search(rf"\b{entry.total:,}\b", said.text), (said.text, entry)


def test_messages_of_forged_credentials_are_the_sum_of_their_table(given: Given) -> None:
    """The sentence has no figure of its own."""
    account = build_account(given(**judged_case()), ABOUT)

    said = next(said for said in sentences(account) if said.see == "unissued" and said.certainty == "at_least")
    assert f"at least {sum(row['messages'] for row in account.unissued.dicts()):,} message" in said.text
    assert ("ana@contoso.test", 2, [SESSION], 1, 1) == tuple(account.unissued.dicts()[0].values())[:5]


def test_states_of_the_listing_are_those_of_the_sentence(given: Given) -> None:
    """The days that the answer counts are those of the stretches in the listing."""
    account = build_account(given(**judged_case()), ABOUT)

    assert ["recorded"] == [row["state"] for row in account.coverage.dicts()]
    assert ("certain", "Counted in days of a mailbox: 0.5 recorded.") in answers(account)["Could we have seen it?"]


def test_every_sentence_leads_somewhere(given: Given) -> None:
    """Each link of the answer is an element of the page, and no id is there twice."""
    page = html.page(build_account(given(**judged_case()), ABOUT))

    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="#([^"]+)"', page)
    assert [] == [link for link in links if link not in ids]
    board = page[page.index('<dl class="board">') : page.index("</dl>", page.index('<dl class="board">'))]
    assert board.count('class="sure') == len(sentences(build_account(given(**judged_case()), ABOUT)))
    assert [] == [item for item in re.findall(r"<li>.*?</li>", board) if 'href="#' not in item]


def test_a_case_without_a_decision_says_that_nothing_is_decided(given: Given) -> None:
    """For the whole, and for each claim of which it is so."""
    tables = judged_case()
    tables["findings"] = [
        row | {"verdict": "undecidable"} | ({"state": "unknown"} if "state" in row else {})
        for row in tables["findings"]
    ]

    account = build_account(given(**tables), ABOUT)

    total = len(tables["findings"])
    assert ("open", f"Nothing is decided: each of the {total} findings is open.") == answers(account)[WHO][0]
    assert [
        ("open", "Nothing is decided: it is open whether 1 stretch of a log is here whole."),
        ("open", "Nothing is decided: it is open whether a sign-in issued 4 credentials behind mail accesses."),
        ("open", "Nothing is decided: it is open whether 3 logged successes of old protocols obtained mail."),
        ("certain", "1 known defect of these logs shows in rows that are here."),
    ] == answers(account)["Can the logs be believed?"]


def test_an_empty_case_claims_nothing(given: Given) -> None:
    """Without evidence nothing is certain but what is missing."""
    account = build_account(given(), ABOUT)

    assert {"open"} == {said.certainty for said in sentences(account) if said.see != "next"}
    assert ["No record was read at all. Nothing can be said about any mailbox."] == [
        said.text for said in sentences(account) if said.see == "next"
    ]


def test_what_comes_next_names_the_first_steps_and_counts_the_rest(given: Given) -> None:
    """The section about them has all."""
    account = build_account(given(**judged_case()), ABOUT)

    steps = [said.text for said in sentences(account) if said.see == "next"]
    assert [step.missing for step in account.next_steps[:FETCHED]] == [
        text[: len(step.missing)] for text, step in zip(steps, account.next_steps, strict=False)
    ]
    assert steps[-1].endswith(f" {len(account.next_steps) - FETCHED} more things to fetch.")


def test_what_would_decide_most_counts_each_piece_of_evidence(given: Given) -> None:
    """A finding that names two pieces counts for both, times in them do not set them apart, and nothing to get is not proposed."""
    tables = judged_case()
    wanted = [
        "Nothing in the audit log: it is not recorded. Sign-ins of 2026-03-02T09:14:55Z would decide it.",
        "Nothing in the audit log: it is not recorded. Sign-ins of 2026-03-02T10:00:00.5Z would decide it.",
        "Nothing in the audit log: it is not recorded.",
    ]
    tables["findings"] = [
        {"finding_id": f"u{n}", "claim": "c", "verdict": "undecidable", "would_decide": text}
        for n, text in enumerate(wanted)
    ]

    account = build_account(given(**tables), ABOUT)

    assert [
        ("Nothing in the audit log: it is not recorded.", 3),
        ("Sign-ins of (the time of each) would decide it.", 2),
    ] == [(row["evidence"], row["findings"]) for row in account.decided_by.dicts()]
    assert ("open", "3 of 3 findings are open. For 2 of them: Sign-ins of (the time of each) would decide it.") == (
        answers(account)["What is missing, and what comes next?"][-1]
    )


def test_names_in_sentences_are_text(given: Given) -> None:
    """A mailbox's name comes from a log and stays text in the answer."""
    tables = judged_case()
    for row in tables["findings"]:
        row["mailbox"] = HOSTILE

    page = html.page(build_account(given(**tables), ABOUT))

    assert "<script>alert" not in page
    assert "proven whole: in &lt;script&gt;alert(1)&lt;/script&gt;⟨U+001B⟩[31m⟨U+202E⟩x@contoso.test." in page


def test_sessions_with_forged_credentials_come_first(given: Given) -> None:
    """However little they obtained."""
    tables = judged_case()
    tables["exposure_sessions"] = [
        {**tables["exposure_sessions"][1], "actor": f"many{n}", "messages": 9_000 + n} for n in range(3)
    ] + tables["exposure_sessions"]

    rows = build_account(given(**tables), ABOUT).sessions.dicts()

    assert (SESSION, 2) == (rows[0]["actor"], rows[0]["unissued"])
    assert [0] * (len(rows) - 1) == [row["unissued"] for row in rows[1:]]


def test_a_hundred_thousand_findings_stay_some_hundred_rows(given: Given) -> None:
    """Each section shows its first rows and says where the rest is; the rare claim is not crowded out."""
    connection = given(**judged_case())
    connection.execute(
        """INSERT INTO findings BY NAME SELECT 'n' || i AS finding_id, $claim AS claim, 'provenance' AS pillar, 'token' AS subject_kind,
        't' || i AS subject, 'm' || i AS mailbox, 'contradicted' AS verdict, 'high' AS severity, 'No sign-in' AS title FROM range(100000) AS t(i)""",
        {"claim": provenance.ISSUED},
    )

    account = build_account(connection, ABOUT)
    page = html.page(account)

    assert (100_002 + 12 + 4) == account.findings_total
    assert IN_ALL >= len(account.findings)
    assert {row["claim"] for row in account.verdicts.dicts()} == {detail.finding.claim for detail in account.findings}
    assert page.count("<tr>") < 1_500
    assert "all of them are in the CSV output (unissued.csv)" in page
    assert len(page) < 700_000


def test_shares_are_fair() -> None:
    """Small groups are shown whole, large ones alike, and each at least once."""
    assert [2, 5, 5] == fair_shares([2, 100, 90], 12)
    assert [1, 1, 1] == fair_shares([9, 9, 9], 1)
    assert [3, 4] == fair_shares([3, 4], 50)


def test_the_json_of_a_sentence_says_what_it_rests_on(given: Given) -> None:
    """Certainty, place and findings are there for machines too."""
    said: dict[str, Any] = build_account(given(**judged_case()), ABOUT).to_dict()["summary"]["parts"][0]["sentences"][0]

    assert ["certainty", "text", "see", "findings"] == list(said)
    assert [{"claim": provenance.ISSUED, "verdict": "contradicted", "total": 2}] == said["findings"]


def test_unknown_coverage_is_open_and_no_mailbox_is_said_to_be_unrecorded(given: Given) -> None:
    """That none is shown to be recorded is not that none was."""
    tables = judged_case()
    for row in tables["findings"]:
        if row["claim"] in (coverage.CLAIM, posture.CLAIM):
            row.update(verdict="undecidable", state="unknown" if row["claim"] == coverage.CLAIM else None)

    assert [
        (
            "open",
            (
                "Nothing is decided: of 1 mailbox, none is shown to have every access recorded and here, through all of the time."
            ),
        ),
        ("open", "Counted in days of a mailbox: 0.5 unknown."),
        ("open", "Nothing is decided: of 4 recommendations of the CISA advisory on these logs, 4 are unknown."),
    ] == answers(build_account(given(**tables), ABOUT))["Could we have seen it?"]


def test_mailboxes_are_named_the_most_affected_first(given: Given) -> None:
    """The first few by name, the others counted; what only a background service read is none of them."""
    tables = small_case()
    session, app, service = tables["exposure_sessions"]
    tables["exposure_sessions"] = [
        session,
        *({**app, "mailbox": f"m{n}@contoso.test", "messages": n} for n in range(4, 9)),
        {**service, "mailbox": "indexed@contoso.test"},
    ]

    account = build_account(given(**tables), ABOUT)

    assert (
        "certain",
        "Mail was obtained from m8@contoso.test, m7@contoso.test, m6@contoso.test, m5@contoso.test and 2 more.",
    ) in answers(account)["Which mail, and how much?"]
    assert account.summary.headline.startswith("At least 3 messages in 6 mailboxes were obtained")
