"""The end of the report, for whoever has to defend it: custody, the questions that were asked, those that were not, and how to check all of it.

Reads the temporary tables ``custody_acts`` and ``questions_asked``, which the workflow makes from the custody chain and the questions of this version.
"""

from __future__ import annotations

from mailwitness.report.listing import Question, columns
from mailwitness.report.next_steps import Step

CUSTODY = Question(
    "custody",
    "Custody",
    "One row is one act on this case, in order. Each line of the chain holds the hash of the line before it: a line that is changed, taken out or put in breaks it there.",
    columns("""
number       int   No.
time         time  When
act          text  Act
name         text  Evidence
sha256       code  SHA-256 of the evidence
evidence_id  code  Evidence item
line_hash    code  SHA-256 of the line
"""),
    "SELECT * FROM custody_acts",
    "number",
    "No act is recorded.",
)

ASKED = Question(
    "questions",
    "Questions asked",
    "One row is one question that was asked of the whole case. Its SQL has the SHA-256 shown; explain prints it with any finding. None found: nothing here is a subject of it.",
    columns("""
pillar        text  Pillar
claim         text  Claim
supported     int   Supported
contradicted  int   Contradicted
undecidable   int   Undecidable
name          code  File
sha256        code  SHA-256 of its SQL
question      text  In words
"""),
    """
    SELECT q.pillar, q.claim, coalesce(f.supported, 0) AS supported, coalesce(f.contradicted, 0) AS contradicted, coalesce(f.undecidable, 0) AS undecidable,
           q.name, q.sha256, q.question
    FROM questions_asked AS q
    LEFT JOIN (
        SELECT claim, count(*) FILTER (WHERE verdict = 'supported') AS supported, count(*) FILTER (WHERE verdict = 'contradicted') AS contradicted,
               count(*) FILTER (WHERE verdict = 'undecidable') AS undecidable
        FROM findings GROUP BY claim
    ) AS f ON f.claim = q.claim""",
    "pillar, claim, name",
    "No question was asked.",
)

_NOT_ASKED = """
Who the person behind a session, an address or a password is, and what they meant to do.
Whether a person read what a client obtained. No log of the service records that.
Whether an activity is a known technique (a phishing page, consent to an app, a changed rule, a weakened policy): its records are in the tables, and no question of this version judges them.
What left by search and export, forwarding, transport rules, journaling, delegates' copies or assistants: such acts are in audit_events; only forwarding is looked at, under posture.
What was sent, changed or deleted in the mailboxes, and what happened in Teams, SharePoint, OneDrive or on devices.
What lies outside the time, the mailboxes and the logs of this evidence, other tenants and mailboxes on premises included.
Whether an export was altered before it was added: the hashes say what was added, and hold from then on.
"""


def not_asked() -> tuple[str, ...]:
    """What no question of this version asks, so that nobody takes silence for an answer."""
    return tuple(_NOT_ASKED.strip().splitlines())


def checks(case: str) -> tuple[Step, ...]:
    """How somebody else can check this report, with the commands; ``case`` is the folder's name."""
    return tuple(
        Step(code, what, why, get, command.replace("CASE", case))
        for code, what, why, get, command in (
            (
                "intact",
                "Is the case as it was?",
                "Every hash, the custody chain and the account of records are computed again.",
                "It ends with 0 if all is as recorded, with 3 and a sentence for each thing that is not",
                "mailwitness verify CASE",
            ),
            (
                "originals",
                "Are these the originals?",
                "The register has the SHA-256 of each file as it was handed over; any tool computes it.",
                "The same value must stand in the evidence register",
                "sha256sum <file>",
            ),
            (
                "finding",
                "Does this finding follow?",
                "It shows the reasons, the rows, the vendor's raw records byte for byte, and the SQL that was asked.",
                "A finding's number, or the beginning of one, is in every list here",
                "mailwitness explain CASE <finding>",
            ),
            (
                "again",
                "Does somebody else get the same?",
                "The same originals, version and options give the same findings, whatever the order they are added in.",
                "A new folder; then compare the table findings",
                "mailwitness investigate <originals> --case <new folder>",
            ),
        )
    )
