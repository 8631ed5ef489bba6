"""The answer that a board reads first: five questions, a few plain sentences each, and nothing that the findings do not say.

Each sentence is certain (findings that are decided), at least (a lower bound) or open (not decided, or not for a log to say), and names the part of the
report that holds what it counts. Where nothing is decided it says so. It speaks of obtained mail: that a person read it, no log says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import duckdb

from mailwitness.report import accuracy, coverage, posture, provenance
from mailwitness.report.next_steps import Step
from mailwitness.report.text import counted, cut

Certainty = Literal["certain", "at_least", "open"]

NAMED = 4
"""Names that a sentence lists."""

FETCHED = 3
"""Pieces of evidence that the last part names; the section about them has all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many findings of a claim have a verdict: what a sentence rests on."""

    claim: str
    verdict: str
    total: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One plain sentence; ``see`` is the section or listing of the report that shows what it says, ``findings`` what it counts."""

    certainty: Certainty
    text: str
    see: str
    findings: tuple[Counted, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "certainty": self.certainty,
            "text": self.text,
            "see": self.see,
            "findings": [asdict(counted) for counted in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One question of the board with its sentences."""

    question: str
    sentences: tuple[Sentence, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"question": self.question, "sentences": [sentence.to_dict() for sentence in self.sentences]}


class Verdicts:
    """How many findings, and of how many mailboxes, each claim has of each verdict."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._counts: dict[tuple[str, str], tuple[int, int]] = {
            (claim, verdict): (findings, mailboxes)
            for claim, verdict, findings, mailboxes in connection.execute(
                "SELECT claim, verdict, count(*), count(DISTINCT mailbox) FROM findings GROUP BY claim, verdict"
            ).fetchall()
        }

    def of(self, claim: str, verdict: str) -> int:
        return self._counts.get((claim, verdict), (0, 0))[0]

    def mailboxes(self, claim: str, verdict: str) -> int:
        return self._counts.get((claim, verdict), (0, 0))[1]

    def counted(self, claim: str, *verdicts: str) -> tuple[Counted, ...]:
        """The verdicts of a claim that any finding has."""
        return tuple(
            Counted(claim, verdict, self.of(claim, verdict)) for verdict in verdicts if self.of(claim, verdict)
        )

    def all(self, claim: str) -> int:
        return sum(self.of(claim, verdict) for verdict in ("supported", "contradicted", "undecidable"))

    @property
    def total(self) -> int:
        return sum(findings for findings, _ in self._counts.values())

    @property
    def decided(self) -> int:
        return sum(findings for (_, verdict), (findings, _) in self._counts.items() if verdict != "undecidable")

    def named(self, claim: str, verdict: str) -> str:
        """The mailboxes of these findings, the first few by name, with the number of the others."""
        names = [
            row[0]
            for row in self._connection.execute(
                f"SELECT DISTINCT mailbox FROM findings WHERE claim = $claim AND verdict = $verdict AND mailbox IS NOT NULL ORDER BY 1 LIMIT {NAMED}",
                {"claim": claim, "verdict": verdict},
            ).fetchall()
        ]
        return _named(names, self.mailboxes(claim, verdict))


def parts_of(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], verdicts: Verdicts, steps: Sequence[Step]
) -> tuple[Part, ...]:
    """The answer to the case behind ``connection``. ``facts`` are those of the summary, ``steps`` what is to be fetched next."""
    return tuple(
        Part(question, tuple(sentences))
        for question, sentences in (
            ("Did somebody obtain mail who should not have?", _who(connection, facts, verdicts)),
            ("Which mail, and how much?", _how_much(connection, facts, verdicts)),
            ("Could we have seen it?", _seen(connection, verdicts)),
            ("Can the logs be believed?", _believed(connection, facts, verdicts)),
            ("What is missing, and what comes next?", _missing(connection, facts, verdicts, steps)),
        )
    )


def unissued(verdicts: Verdicts) -> str | None:
    """The gravest thing that findings can say here, as a headline: mail obtained with credentials that nobody issued."""
    credentials = verdicts.of(provenance.ISSUED, "contradicted")
    if not credentials:
        return None
    mailboxes = verdicts.mailboxes(provenance.ISSUED, "contradicted")
    return (
        f"Mail of {counted(mailboxes, 'mailbox', 'mailboxes')} was obtained with {counted(credentials, 'credential')} that no recorded "
        "sign-in issued."
    )


def _who(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], verdicts: Verdicts) -> Iterator[Sentence]:
    if verdicts.total and not verdicts.decided:
        yield Sentence(
            "open", f"Nothing is decided: each of the {counted(verdicts.total, 'finding')} is open.", "undecided"
        )
    if not facts["accesses"]:
        yield Sentence("open", "No mail access is recorded here, so no finding says who obtained mail. That is not proof that nobody did.", "mailboxes")  # fmt: skip
        return
    forged = verdicts.of(provenance.ISSUED, "contradicted")
    if forged:
        yield Sentence(
            "certain",
            f"{counted(forged, 'credential')} that read mail {'has' if forged == 1 else 'have'} no sign-in in these logs, though every log that could "
            f"hold one is proven whole: in {verdicts.named(provenance.ISSUED, 'contradicted')}. A stolen key, Microsoft's own services and a "
            "defect of the log look the same.",
            "unissued",
            verdicts.counted(provenance.ISSUED, "contradicted"),
        )
        ((messages,),) = connection.execute(f"SELECT sum(messages)::BIGINT FROM ({provenance.UNISSUED.sql})").fetchall()
        yield Sentence(
            "at_least",
            f"The sessions and apps that used {'it' if forged == 1 else 'them'} obtained at least {counted(messages or 0, 'message')} there.",
            "unissued",
        )
    roaming = verdicts.of(provenance.ONE_NETWORK, "contradicted")
    if roaming:
        yield Sentence(
            "certain",
            f"{counted(roaming, 'session')} that read mail came from two networks within an hour. A telephone or a VPN does that too: somebody "
            "has to look.",
            "networks",
            verdicts.counted(provenance.ONE_NETWORK, "contradicted"),
        )
    by_password = verdicts.of(accuracy.OBTAINED, "supported")
    if by_password:
        yield Sentence(
            "certain",
            f"{counted(by_password, 'sign-in')} of old protocols, which ask for no second factor, obtained mail: in "
            f"{verdicts.named(accuracy.OBTAINED, 'supported')}. Whether the owners made them somebody has to say.",
            "legacy_successes_judged",
            verdicts.counted(accuracy.OBTAINED, "supported"),
        )
    if not forged:
        yield Sentence(
            "open",
            "No finding shows that mail was obtained by somebody who should not have it. That is no finding that nobody did: whoever holds a "
            "person's credential acts in that person's name.",
            "sessions",
        )
    ((others, mailboxes),) = connection.execute(
        """SELECT count(DISTINCT coalesce(actor, '')), count(DISTINCT mailbox) FROM exposure_sessions
        WHERE background IS NULL AND accessed_as IN ('delegate', 'admin', 'application')"""
    ).fetchall()
    owners = (
        " Whether they may, and whether the owners were behind the rest, "
        if others
        else " Whether the owners were behind them "
    )
    others_text = (
        f"{counted(others, 'delegate, administrator or application', 'delegates, administrators and applications')} obtained mail of "
        f"{counted(mailboxes, 'mailbox', 'mailboxes')}."
        if others
        else f"{counted(facts['actors'], 'session or app', 'sessions and apps')} obtained mail in the owner's name, or no record says in whose."
    )
    yield Sentence("open", f"{others_text}{owners}somebody has to say who knows the people.", "sessions")


def _how_much(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], verdicts: Verdicts
) -> Iterator[Sentence]:
    if not facts["accesses"]:
        yield Sentence("open", "No message is shown to have been obtained.", "mailboxes")
        return
    bounded = facts["at_least"] or facts["unbounded"]
    if verdicts.of(provenance.ISSUED, "contradicted"):  # else the headline says it
        yield Sentence(
            "at_least" if bounded else "certain",
            f"{'At least ' if bounded else ''}{counted(facts['messages'], 'message')} in {counted(facts['obtained_from'], 'mailbox', 'mailboxes')} were "
            f"obtained through {counted(facts['actors'], 'session or app', 'sessions and apps')}, rightful ones included.",
            "sessions",
        )
    names = [
        name
        for (name,) in connection.execute(
            f"""SELECT mailbox FROM exposure_sessions WHERE background IS NULL AND mailbox IS NOT NULL
            GROUP BY mailbox ORDER BY sum(messages) DESC, mailbox LIMIT {NAMED}"""
        ).fetchall()
    ]
    if names:
        yield Sentence("certain", f"Mail was obtained from {_named(names, facts['obtained_from'])}.", "mailboxes")
    pairs = facts["exact"] + facts["at_least"] + facts["unbounded"]
    if pairs:
        kinds = [
            f"{facts[key]:,} {one if facts[key] == 1 else many}"
            for key, one, many in (
                ("exact", "is complete", "are complete"),
                ("at_least", "is a lower bound", "are lower bounds"),
                ("unbounded", "has no upper bound", "have no upper bound"),
            )
            if facts[key]
        ]
        yield Sentence(
            "at_least" if bounded else "certain",
            f"Of {counted(pairs, 'list')} of messages, one for each mailbox and actor, {_joined(kinds)}.",
            "exposure",
        )
    if facts["syncs"]:
        unnamed = facts["unknown_folders"]
        yield Sentence(
            "at_least",
            f"In {counted(facts['synced_mailboxes'], 'mailbox', 'mailboxes')} a client copied whole folders: all that was in them counts as obtained"
            + (f", and in {unnamed:,} a folder is not named, so it may be any." if unnamed else "."),
            "exposure",
        )
    if facts["throttled_mailboxes"]:
        yield Sentence(
            "open",
            f"Recording was throttled for {counted(facts['throttled_mailboxes'], 'mailbox', 'mailboxes')}: what was accessed in the 24 hours after "
            "is in no log.",
            "exposure",
        )


def _seen(connection: duckdb.DuckDBPyConnection, verdicts: Verdicts) -> Iterator[Sentence]:
    ((mailboxes, whole, lost, _),) = connection.execute(coverage.BY_MAILBOX).fetchall()
    if not mailboxes:
        yield Sentence("open", "Nothing is decided: no mailbox's recording was judged.", "coverage")
    else:
        shown = f"{whole:,} {'is' if whole == 1 else 'are'}" if whole else "none is"
        yield Sentence(
            "certain" if whole or lost else "open",
            f"{'' if whole or lost else 'Nothing is decided: '}{'O' if whole or lost else 'o'}f {counted(mailboxes, 'mailbox', 'mailboxes')}, {shown} shown to have every access "
            f"recorded and here, through all of the time{f'; in {lost:,} some or all accesses of a stretch would be missing' if lost else ''}.",
            "coverage",
        )
        days = dict(connection.execute(coverage.MAILBOX_DAYS).fetchall())
        said = [f"{days[state]:,.1f} {words}" for state, words in _STATES if days.get(state)]
        if said:
            yield Sentence(
                "open" if days.get("unknown") else "certain",
                f"Counted in days of a mailbox: {_joined(said)}.",
                "coverage",
            )
    judged = verdicts.all(posture.CLAIM)
    if judged:
        said = [
            f"{number:,} {words[0] if number == 1 else words[1]}"
            for number, words in (
                (verdicts.of(posture.CLAIM, "supported"), ("is met", "are met")),
                (verdicts.of(posture.CLAIM, "contradicted"), ("is not", "are not")),
                (verdicts.of(posture.CLAIM, "undecidable"), ("is unknown", "are unknown")),
            )
            if number
        ]
        known = judged - verdicts.of(posture.CLAIM, "undecidable")
        yield Sentence(
            "certain" if known else "open",
            f"{'' if known else 'Nothing is decided: '}{'O' if known else 'o'}f {counted(judged, 'recommendation')} of the CISA advisory on these logs, {_joined(said)}.",
            "posture",
            verdicts.counted(posture.CLAIM, "supported", "contradicted", "undecidable"),
        )


_STATES = (
    ("recorded", "recorded"),
    ("degraded", "recorded in part"),
    ("blind", "not recorded or not here"),
    ("unknown", "unknown"),
)


def _believed(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], verdicts: Verdicts
) -> Iterator[Sentence]:
    yield from _split(
        verdicts,
        coverage.FEED_CLAIM,
        "feeds",
        ("stretch of a log", "stretches of logs"),
        ("is shown to be here whole", "are shown to be here whole"),
        ("is not whole", "are not whole"),
        ("is here whole", "are here whole"),
        "{things} {verb}",
    )
    yield from _split(
        verdicts,
        provenance.ISSUED,
        "provenance",
        ("credential behind mail accesses", "credentials behind mail accesses"),
        ("was issued by a recorded sign-in", "were issued by a recorded sign-in"),
        ("by no recorded one", "by no recorded one"),
        ("", ""),
        "a sign-in issued {things}",
    )
    yield from _split(
        verdicts,
        accuracy.OBTAINED,
        "accuracy",
        ("logged success of an old protocol", "logged successes of old protocols"),
        ("obtained mail", "obtained mail"),
        ("did not obtain mail, whatever the log says", "did not obtain mail, whatever the log says"),
        ("obtained mail", "obtained mail"),
        "{things} {verb}",
    )
    proved = verdicts.of(accuracy.FACTOR, "supported")
    if proved:
        yield Sentence(
            "certain",
            f"{counted(proved, 'finding')} {'proves' if proved == 1 else 'prove'} that a password, or what stood for it, was right, also where the "
            "sign-in failed.",
            "first_factors",
            verdicts.counted(accuracy.FACTOR, "supported"),
        )
    ((defects,),) = connection.execute("SELECT count(*) FROM errata_applying WHERE how = 'seen'").fetchall()
    if defects:
        yield Sentence(
            "certain",
            f"{counted(defects, 'known defect')} of these logs {'shows' if defects == 1 else 'show'} in rows that are here.",
            "errata",
        )


def _split(
    verdicts: Verdicts,
    claim: str,
    see: str,
    things: tuple[str, str],
    supported: tuple[str, str],
    contradicted: tuple[str, str],
    verb: tuple[str, str],
    undecided: str,
) -> Iterator[Sentence]:
    """One sentence on what is decided of a claim and one on what is open; a claim without findings has none."""
    yes, no, unknown = (verdicts.of(claim, verdict) for verdict in ("supported", "contradicted", "undecidable"))
    said = [
        f"{number:,} {words[0] if number == 1 else words[1]}"
        for number, words in ((yes, supported), (no, contradicted))
        if number
    ]
    if said:
        yield Sentence(
            "certain",
            f"Of {counted(yes + no + unknown, *things)}, {_joined(said)}.",
            see,
            verdicts.counted(claim, "supported", "contradicted"),
        )
    if unknown:
        open_is = undecided.format(things=counted(unknown, *things), verb=verb[0] if unknown == 1 else verb[1])
        yield Sentence(
            "open",
            f"{'It is not decided' if said else 'Nothing is decided: it is open'} whether {open_is}.",
            see,
            verdicts.counted(claim, "undecidable"),
        )


def _missing(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], verdicts: Verdicts, steps: Sequence[Step]
) -> Iterator[Sentence]:
    for number, step in enumerate(steps[:FETCHED], start=1):
        rest = f" {counted(len(steps) - FETCHED, 'more thing')} to fetch." if number == FETCHED < len(steps) else ""
        yield Sentence("certain", f"{step.missing} {step.why}{rest}", "next")
    failing = verdicts.of(posture.CLAIM, "contradicted")
    if failing:
        yield Sentence(
            "certain",
            f"{counted(failing, 'recommendation')} {'is' if failing == 1 else 'are'} not met; what fixes {'it' if failing == 1 else 'each'} is listed, "
            "with its command.",
            "posture",
            verdicts.counted(posture.CLAIM, "contradicted"),
        )
    undecided = verdicts.total - verdicts.decided
    if undecided:
        ((evidence, findings),) = connection.execute(
            f"SELECT evidence, findings FROM ({DECIDING}) WHERE NOT starts_with(evidence, 'Nothing') "
            "ORDER BY findings DESC, evidence LIMIT 1"
        ).fetchall() or [(None, 0)]
        most = f" For {findings:,} of them: {cut(evidence, 200)}" if evidence else ""
        yield Sentence("open", f"{undecided:,} of {counted(verdicts.total, 'finding')} are open.{most}", "decided_by")
    elif verdicts.total:
        yield Sentence("certain", f"Every one of the {counted(verdicts.total, 'finding')} is decided.", "findings")


DECIDING = r"""
    WITH pieces AS (
        SELECT claim, unnest(string_split(regexp_replace(regexp_replace(would_decide,
            '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?', '(the time of each)', 'g'), '([.]) ([A-Z])', '\1' || chr(10) || '\2', 'g'), chr(10))) AS evidence
        FROM findings WHERE verdict = 'undecidable' AND would_decide IS NOT NULL
    )
    SELECT evidence, count(*) AS findings, list_sort(list(DISTINCT claim)) AS claims FROM pieces WHERE trim(evidence) <> '' GROUP BY evidence"""
"""Each single piece of evidence that undecided findings name, with how many name it. A finding that names two counts for both."""


def _named(names: Sequence[str], total: int) -> str:
    """The first names, and how many there are besides."""
    shown = [cut(name, 60) for name in names]
    return _joined(shown) if total <= len(names) else f"{', '.join(shown)} and {total - len(names):,} more"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
