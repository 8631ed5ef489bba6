"""Bad scenario files: each message names the file, the key, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mailwitness.errors import UsageError
from mailwitness.simulate.options import Options
from mailwitness.simulate.staging import load, scenarios, stage
from mailwitness.simulate.staging.choosing import choose
from mailwitness.simulate.tenant import build

GOOD = dedent("""\
    id: X1
    title: A title
    story: What happens.
    sources: [https://example.org]
    parameters:
      messages: {what: how many, default: 5, least: 1, most: 10, unit: messages}
    cast:
      victim: {what: the victim, people: {count: 1}}
      server: {what: a server, addresses: {kind: hosting}}
    begins: {at: "10:00"}
    lasts: 2h
    steps:
      - step: phish
        after: 0m
        what: A sign-in.
        do: sign_in
        who: victim
        client: owa
        from: server
        gives: stolen
      - step: read
        after: 10m
        what: Reading.
        do: read_mail
        with: stolen
        messages: $messages
        over: 20m
    expected:
      - pillar: exposure
        claim: the list of accessed messages is complete
        subject: the victim
        verdicts: {full: supported, unified-only: undecidable, no-noninteractive: supported, loss20: undecidable}
    """)


def loading(tmp_path: Path, text: str) -> str:
    """What is said of that file; '' if nothing."""
    path = tmp_path / "x1.yaml"
    path.write_text(text, "utf-8")
    try:
        load(path)
    except UsageError as error:
        return str(error)
    return ""


def test_a_good_file_is_loaded(tmp_path: Path) -> None:
    """The file from which the bad ones below are made."""
    assert "" == loading(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: A title\n", "title: A title\ncolour: red\n", "x1.yaml: colour: found 'red'; the key is not known; it is one of steps, id, title, story, sources, cast, begins, lasts, expected, parameters, needs, detections, limits."),
        ("title: A title\n", "", "x1.yaml: found 'id, story, sources, parameters, cast, begins, lasts, expected'; the key title is missing: text is expected (in quotes, if it looks like a number)."),
        ("title: A title", "title: 7", "x1.yaml: title: found 7; text is expected (in quotes, if it looks like a number)."),
        ("sources: [https://example.org]", "sources: https://example.org", "x1.yaml: sources: found 'https://example.org'; a list is expected."),
        ("default: 5", "default: 50", "x1.yaml: parameters.messages.default: found 50; it is a whole number from 1 to 10 (messages)."),
        ("unit: messages}", "unit: messages, shrinks: true}", "x1.yaml: parameters.messages.unit: found 'messages'; what shrinks is one of minutes, hours, days."),
        ("people: {count: 1}", "people: {count: 1, who: bosses}", "x1.yaml: cast.victim.people.who: found 'bosses'; it is one of anyone, executives, administrators, partners."),
        ("people: {count: 1}", "people: {count: some}", "x1.yaml: cast.victim.people.count: found 'some'; a whole number or the name of a parameter such as $messages is expected."),
        ("people: {count: 1}", "people: {count: 1, near: server}", "x1.yaml: cast.victim.people.near: found 'server'; it is people listed before: none."),
        ("people: {count: 1}", "people: {count: 1}, app: {name: y}", "x1.yaml: cast.victim: found 'people, app'; it is exactly one of people, addresses, app."),
        ("kind: hosting", "kind: cave", "x1.yaml: cast.server.addresses.kind: found 'cave'; it is one of hosting, residential, foreign_mobile, vpn, microsoft."),
        ('at: "10:00"', 'at: "25:00"', "x1.yaml: begins.at: found '25:00'; a time of day is expected, \"00:00\" to \"24:00\", in quotes."),
        ("lasts: 2h", "lasts: two hours", "x1.yaml: lasts: found 'two hours'; a span of time is expected, such as 40m, 2d, 1d + 30m, $days or 30% of $days (units s, m, h, d)."),
        ("do: sign_in", "do: log_in", "x1.yaml: steps[0].do: found 'log_in'; it is one of approve_device_code, ask_token, capture_tokens, change_directory, consent_to_app, continue_session, copy_out, export_search, forge_tokens, open_folder, read_mail, record_other, run_cmdlet, search_mail, send_mail, sign_in, spray_passwords, sync_folders, try_protocol, use_app_secret."),
        ("who: victim", "who: nobody", "x1.yaml: steps[0].who: found 'nobody'; people of the cast: victim."),
        ("from: server", "from: victim", "x1.yaml: steps[0].from: found 'victim'; addresses of the cast: server."),
        ("with: stolen", "with: borrowed", "x1.yaml: steps[1].with: found 'borrowed'; no earlier step gives it; given are stolen."),
        ("over: 20m", "over: 20m\n    pace: fast", "x1.yaml: steps[1].pace: found 'fast'; the key is not known; it is one of step, what, after, only, do, with, messages, most, count, mailboxes, folder, pick, batch, from, over, hours, days, weekdays, attachments, unlogged."),
        ("messages: $messages", "messages: $letters", "x1.yaml: steps[1].messages: found 'letters'; parameters: messages."),
        ("messages: $messages", "messages: 5", "x1.yaml: parameters.messages: found 'messages'; nothing in the file refers to it; use it or leave it out."),
        ("step: read", "step: phish", "x1.yaml: steps[1].step: found 'phish'; another step has that name, and names are unique."),
        ("full: supported", "full: proven", "x1.yaml: expected[0].verdicts.full: found 'proven'; it is one of supported, contradicted, undecidable, none."),
        (", loss20: undecidable", "", "x1.yaml: expected[0].verdicts: found 'full, unified-only, no-noninteractive'; a verdict is given for each of full, unified-only, no-noninteractive, loss20."),
        ("pillar: exposure", "pillar: roof", "x1.yaml: expected[0].pillar: found 'roof'; it is one of accuracy, coverage, provenance, exposure, detection."),
    ],
)  # fmt: skip
def test_a_bad_file_says_where_and_what(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The whole message, for each kind of mistake."""
    assert old in GOOD
    assert said == loading(tmp_path, GOOD.replace(old, new, 1))


def test_a_file_without_steps_or_that_is_no_mapping(tmp_path: Path) -> None:
    """What is not even a scenario."""
    assert "x1.yaml: found 'no'; a mapping with the keys of a scenario is expected." == loading(tmp_path, "'no'")
    assert "x1.yaml: steps: found None; a list of at least one step is expected." == loading(
        tmp_path, GOOD.partition("steps:")[0] + "expected:" + GOOD.partition("expected:")[2]
    )
    assert loading(tmp_path, "id: [").startswith("x1.yaml: the file is not YAML: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "G99",
            "--scenario 'G99' is not known; it is one of "
            + ", ".join(scenarios())
            + ", or a scenario file of your own (.yaml).",
        ),
        (
            "gone.yaml",
            "--scenario 'gone.yaml': gone.yaml is no file. Name a scenario file, or one of "
            + ", ".join(scenarios())
            + ".",
        ),
        (
            "G8:users",
            "--scenario 'G8:users': found 'users'; a parameter and its value are expected, as in G8:sprayed=40.",
        ),
        ("G8:people=3", "--scenario 'G8:people=3': G8 has no parameter 'people'; it has sprayed, users, messages."),
        ("B1:days=3", "--scenario 'B1:days=3': B1 has no parameter 'days'; it has none."),
        ("G8:users=0", "--scenario 'G8:users=0': users is '0'; it is a whole number from 1 to 200 (people)."),
        ("G8:users=many", "--scenario 'G8:users=many': users is 'many'; it is a whole number from 1 to 200 (people)."),
        ("G8:users=2:users=3", "--scenario 'G8:users=2:users=3': users has two values. Give it one."),
        ("G1:client=imap", "--scenario 'G1:client=imap': client is 'imap'; it is one of rest, owa."),
        ("G6", "G6 needs 7 days; --days is 5. Use --days 7 or more."),
        ("G1:days=9", "G1 needs 10 days with days=9; --days is 5. Use --days 10 or more."),
    ],
)
def test_a_bad_choice_says_what_there_is(name: str, said: str) -> None:
    """Unknown names, unknown or impossible parameters, and tenants that are too short."""
    with pytest.raises(UsageError) as caught:
        choose([name], scenarios(), 5)

    assert said == str(caught.value)


def test_a_scenario_file_of_ones_own_is_chosen_by_its_path(tmp_path: Path) -> None:
    """With values after it as after an id, though a path may hold colons; its id must be its own."""
    folder = tmp_path / "a:b"
    folder.mkdir()
    (folder / "x1.yaml").write_text(GOOD, "utf-8")
    (folder / "taken.yaml").write_text(GOOD.replace("id: X1", "id: G2", 1), "utf-8")

    (chosen,) = choose([f"{folder}/x1.yaml"], scenarios(), 14)
    assert ("X1", "x1.yaml") == (chosen.scenario.id, chosen.scenario.file)
    with pytest.raises(UsageError, match=r"--scenario .*x1.yaml:nothing=1.*: X1 has no parameter 'nothing'"):
        choose([f"{folder}/x1.yaml:nothing=1"], scenarios(), 14)
    with pytest.raises(
        UsageError, match=r"taken.yaml: id: found 'G2'; g02_phished_session.yaml has it already, and ids are unique."
    ):
        choose([f"{folder}/taken.yaml"], scenarios(), 14)


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path) -> None:
    """As somebody saved it in an old editor."""
    path = tmp_path / "x1.yaml"
    path.write_bytes(b"id: X1\ntitle: \xfcber")

    with pytest.raises(UsageError) as caught:
        load(path)

    assert "x1.yaml: byte 14: the file is not UTF-8. Save it as UTF-8." == str(caught.value)


def test_a_scenario_is_named_once() -> None:
    """Twice with different values would be two of one name in the truth."""
    with pytest.raises(UsageError) as caught:
        choose(["G2", "g2:messages=5"], scenarios(), 14)

    assert "--scenario 'g2:messages=5': G2 is named twice. Name each scenario once." == str(caught.value)


def test_a_small_tenant_says_how_many_it_has() -> None:
    """Ten mailboxes hold no ten victims."""
    options = Options(mailboxes=10, days=14)
    with pytest.raises(UsageError) as caught:
        stage(build(options), ["G1"], options)

    head, _, tail = str(caught.value).partition("; the tenant has ")
    assert "G1: cast.victims needs 10 people (executives)" == head
    assert tail.endswith(f" that no other scenario takes. Use more --mailboxes or G1:mailboxes={tail.split()[0]}.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lasts: 2h", "lasts: 9m", "x1.yaml: step read: after: found '10m'; the scenario lasts 9m."),
        ("    from: server", "    over: 30d\n    from: server", "x1.yaml: lasts: found 120m; step phish acts "),
        ("after: 10m", "after: 0m\n    only: since 2023", ""),
        ("client: owa", "client: lynx", "x1.yaml: step phish: client: found 'lynx'; it is one of outlook_desktop, owa, "),
        ("who: victim", 'who: victim\n    agent: "{victim.shoe}"', "x1.yaml: step phish: {victim.shoe}: found 'shoe'; it is one of upn, name, id, mailbox."),
        ("kind: hosting", "kind: hosting, country: XX", "x1.yaml: cast.server.addresses.country: no network of kind 'hosting' is declared in country 'XX'; there are "),
    ],
)  # fmt: skip
def test_a_mistake_that_only_a_tenant_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    """Messages of what can be known only when the scenario is staged."""
    assert old in GOOD
    path = tmp_path / "x1.yaml"
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    scenario = load(path)
    monkeypatch.setattr("mailwitness.simulate.staging.scenarios", lambda: {"X1": scenario})
    options = Options(mailboxes=30, days=3)
    tenant = build(options)
    if not said:
        assert stage(tenant, ["X1"], options).acts
        return
    with pytest.raises(UsageError) as caught:
        stage(tenant, ["X1"], options)

    assert str(caught.value).startswith(said)


def test_steps_are_listed_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that begins before the one above it is a mistake, because it would not know what that one changed."""
    path = tmp_path / "x1.yaml"
    path.write_text(GOOD.replace("after: 0m", "after: 20m"), "utf-8")
    scenario = load(path)
    monkeypatch.setattr("mailwitness.simulate.staging.scenarios", lambda: {"X1": scenario})
    options = Options(mailboxes=30, days=3)
    with pytest.raises(UsageError) as caught:
        stage(build(options), ["X1"], options)

    assert (
        "x1.yaml: step read: after: found '10m'; the step before begins 20m after the beginning, and steps are listed in time."
        == str(caught.value)
    )


def test_what_daily_life_needs_longer_is_shrunk_to_two_thirds() -> None:
    """A default that does not fit leaves a third of the days to ordinary life; a value of the user's stays."""
    (by_itself,) = choose(["G1"], scenarios(), 15)
    (asked,) = choose(["G1:days=14"], scenarios(), 15)

    assert (9, 14) == (by_itself.values["days"], asked.values["days"])
