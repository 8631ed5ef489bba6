"""Settings objects in every wrapping become the same observations, and lead back to their bytes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from mailwitness.model.evidence import Place
from mailwitness.sources._exo_shape import cmdlet_of, snapshot_time
from tests.sources.reading import SOURCES, Reading, read_file

AT = datetime(2026, 3, 10, 10, 15)


def observed(reading: Reading) -> list[tuple[str, str, str]]:
    return [(row["subject"], row["setting"], row["value"]) for row in reading.rows("setting_observations")]


def raw_of(path: Path, locator: str) -> bytes:
    offset, length = locator.removeprefix("bytes=").split("+")
    return path.read_bytes()[int(offset) : int(offset) + int(length)]


def test_cas_mailbox_csv_gives_whole_observations_at_the_time_of_its_name() -> None:
    """An empty SMTP switch is the vendor's null; the time is that of the file's name."""
    reading = read_file(SOURCES / "exo_settings_csv/20260310-101500-CASMailbox.csv")

    assert reading.records == 2
    assert observed(reading) == [
        ("ana@contoso.test", "imap_enabled", "true"),
        ("ana@contoso.test", "pop_enabled", "false"),
        ("ana@contoso.test", "smtp_client_authentication_disabled", "null"),
        ("bob@contoso.test", "imap_enabled", "false"),
        ("bob@contoso.test", "pop_enabled", "false"),
        ("bob@contoso.test", "smtp_client_authentication_disabled", "true"),
    ]
    assert reading.rows("setting_observations", "time", "subject_kind", "how", "learned_from", "time_from")[0] == {
        "time": AT, "subject_kind": "mailbox", "how": "snapshot", "learned_from": "Get-CASMailbox", "time_from": "file_name",
    }  # fmt: skip
    assert reading.rows("identity_mentions", "time", "kind_a", "value_a", "kind_b", "value_b")[0] == {
        "time": AT, "kind_a": "smtp", "value_a": "ana@contoso.test",
        "kind_b": "object_id", "value_b": "11111111-1111-1111-1111-111111111111",
    }  # fmt: skip


def test_bypass_association_names_its_account() -> None:
    """The account that leaves no trace is observed under the name the export has for it."""
    reading = read_file(SOURCES / "exo_settings_csv/AuditByPassEnabledUsers.csv")

    assert observed(reading) == [("svc-backup", "audit_bypass_enabled", "true")]
    assert [row["time_from"] for row in reading.rows("setting_observations")] == ["none"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "EXO_Mailboxes_PowerShell.json",
            [
                ("ana@contoso.test", "audit_enabled", "true"),
                ("ana@contoso.test", "default_audit_set", '["Admin", "Delegate"]'),
                ("ana@contoso.test", "audit_owner", '["Move", "Update"]'),
                ("ana@contoso.test", "recipient_type_details", '"UserMailbox"'),
                ("ana@contoso.test", "forwarding_smtp_address", "null"),
                ("ana@contoso.test", "deliver_to_mailbox_and_forward", "false"),
            ],
        ),
        (
            "OrganizationConfig.json",
            [
                ("", "audit_disabled", "false"),
                ("", "default_authentication_policy", '"Block Basic"'),
                ("", "oauth2_client_profile_enabled", "true"),
            ],
        ),
        (
            "TransportConfig.json",
            [("", "smtp_client_authentication_disabled", "true"), ("", "allow_legacy_tls_clients", "null")],
        ),
        (
            "AuthenticationPolicy.json",
            [
                ("Block Basic", "allow_basic_auth_imap", "false"),
                ("Block Basic", "allow_basic_auth_pop", "false"),
                ("Block Basic", "allow_basic_auth_smtp", "true"),
            ],
        ),
    ],
)
def test_json_objects_are_told_apart_by_their_properties(name: str, expected: list[tuple[str, str, str]]) -> None:
    """Each cmdlet's object gives its settings, of the mailbox, the tenant or the policy."""
    assert observed(read_file(SOURCES / "exo_settings_json" / name)) == expected


def test_format_list_in_utf16_is_read_block_by_block_and_leads_back_to_its_bytes() -> None:
    """Wrapped values go on, strange blocks are skipped, and the locator counts the file's own bytes."""
    path = SOURCES / "exo_settings_text/Hawk_contoso.test_20260310_101500/CAS_Mailbox_Info_ana.txt"
    reading = read_file(path)

    assert observed(reading) == [
        ("ana@contoso.test", "imap_enabled", "true"),
        ("ana@contoso.test", "pop_enabled", "false"),
        ("ana@contoso.test", "smtp_client_authentication_disabled", "null"),
        ("shared@contoso.test", "imap_enabled", "false"),
    ]
    block = raw_of(path, reading.tables["other_records"][1]["locator"]).decode("utf-16-le")
    assert block.split() == "Identity : shared PrimarySmtpAddress : shared@contoso.test ImapEnabled : False".split()


def test_format_list_that_shows_a_list_in_part_says_nothing_of_it() -> None:
    """Four items and an ellipsis are not the list."""
    assert observed(read_file(SOURCES / "exo_settings_text/Mailbox_Info_ana.txt")) == [
        ("ana@contoso.test", "audit_enabled", "true"),
        ("ana@contoso.test", "default_audit_set", '["Admin", "Delegate", "Owner"]'),
        ("ana@contoso.test", "audit_admin", '["Move", "Update"]'),
    ]


def test_clixml_objects_lead_back_to_their_own_bytes() -> None:
    """Lists, nulls and escaped characters are restored; the place is the object's element in the UTF-16 file."""
    path = SOURCES / "exo_settings_clixml/mailbox.xml"
    reading = read_file(path)

    assert observed(reading) == [
        ("ana@contoso.test", "audit_enabled", "true"),
        ("ana@contoso.test", "audit_owner", '["MailItemsAccessed", "Update"]'),
        ("ana@contoso.test", "recipient_type_details", '"UserMailbox"'),
        ("ana@contoso.test", "forwarding_smtp_address", "null"),
    ]
    element = raw_of(path, reading.tables["other_records"][0]["locator"]).decode("utf-16-le")
    assert (element[:15], element[-6:]) == ('<Obj RefId="0">', "</Obj>")


def test_clixml_with_a_document_type_is_refused() -> None:
    """Entities are never expanded: the document is one reject."""
    reading = read_file(SOURCES / "exo_settings_clixml/entities.xml")

    assert reading.rows("rejects", "reason", "detail") == [
        {
            "reason": "not_clixml",
            "detail": "the XML cannot be read on: it declares a document type, which may hold entities",
        }
    ]
    assert {name for name, found in reading.tables.items() if found} == {"rejects"}


def test_clixml_cut_off_keeps_the_objects_before_the_cut(tmp_path: Path) -> None:
    """A truncated file gives its whole objects and one reject for the rest."""
    whole = (SOURCES / "exo_settings_clixml/mailbox.xml").read_bytes()
    path = tmp_path / "cut.xml"
    path.write_bytes(whole[: whole.rindex("Color".encode("utf-16-le"))])

    reading = read_file(path)

    assert (len(reading.rows("other_records")), [r["reason"] for r in reading.rows("rejects")]) == (1, ["not_clixml"])


def test_audit_status_of_the_extractor_suite_does_not_prove_that_nothing_is_bypassed() -> None:
    """Its False means only that its look-up found nothing; an action list of count 0 is empty."""
    reading = read_file(SOURCES / "mes_audit_status_csv/20260310-101500-MailboxAuditStatus.csv")

    assert [
        row for row in observed(reading) if row[1] in ("audit_bypass_enabled", "audit_delegate", "audit_owner")
    ] == [
        ("ana@contoso.test", "audit_owner", '["MailItemsAccessed", "Update"]'),
        ("ana@contoso.test", "audit_delegate", "[]"),
        ("svc@contoso.test", "audit_owner", "[]"),
        ("svc@contoso.test", "audit_delegate", "[]"),
        ("svc@contoso.test", "audit_bypass_enabled", "true"),
    ]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("Output/Audit Status/20260310-101500-MailboxAuditStatus.csv"), ("2026-03-10T10:15:00Z", "file_name")),
        (Place("x/20260310101500-MailboxAuditStatus.csv"), ("2026-03-10T10:15:00Z", "file_name")),
        (Place("Hawk_contoso_20260310_101500/Tenant/OrgConfig.txt"), ("2026-03-10T10:15:00Z", "file_name")),
        (Place("a.csv", "2026-03-11T00:00:00Z"), ("2026-03-11T00:00:00Z", "file_time")),
        (Place("UAL-20260301000000-20260302000000.csv"), (None, "none")),
        (Place("20261340-999999.csv"), (None, "none")),
        (
            Place("20260310-101500-x.csv", options={"time_zone": "Europe/Brussels"}),
            ("2026-03-10T09:15:00Z", "file_name"),
        ),
        (
            Place("settings/20260310T101500Z/Get-User-0123456789abcdef.json", options={"time_zone": "Europe/Brussels"}),
            ("2026-03-10T10:15:00Z", "file_name"),
        ),
    ],
)
def test_time_of_a_snapshot_comes_from_its_name_else_its_stamp(place: Place, expected: tuple[str | None, str]) -> None:
    """The name goes before the file's stamp, the nearest folder before others; two stamps are a window and give none."""
    assert snapshot_time(place) == expected


@pytest.mark.parametrize(
    ("names", "cmdlet"),
    [
        ("identity smtpclientauthenticationdisabled", "Get-CASMailbox"),
        ("smtpclientauthenticationdisabled", "Get-TransportConfig"),
        ("name identity smtpclientauthenticationdisabled allowlegacytlsclients", "Get-TransportConfig"),
        ("name displayname imapenabled popenabled remotepowershellenabled", "Get-CASMailboxPlan"),
        ("imapenabled", None),
        ("operation creationtime identity auditenabled", None),
        ("userprincipalname authenticationpolicy", "Get-User"),
        ("userprincipalname displayname", None),
    ],
)
def test_objects_that_share_properties_are_told_apart(names: str, cmdlet: str | None) -> None:
    """A mailbox's SMTP switch has a mailbox beside it, the tenant's has none; a log record is no settings object."""
    assert cmdlet_of(frozenset(names.split())) == cmdlet


def test_security_defaults_are_a_switch_of_the_tenant() -> None:
    """Graph's one policy, in its own page, is one setting of the tenant."""
    reading = read_file(SOURCES / "graph_security_defaults_json/securityDefaults.json")

    assert (reading.reader, reading.records) == ("graph_security_defaults_json", 1)
    assert observed(reading) == [("", "security_defaults_enabled", "true")]
    assert reading.rows("setting_observations", "subject_kind", "how", "learned_from") == [
        {
            "subject_kind": "tenant",
            "how": "snapshot",
            "learned_from": "Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy",
        }
    ]


def test_answers_of_the_admin_endpoint_are_pages_with_warnings() -> None:
    """The list of warnings, before the records or after them, is no record, whether it is empty or not."""
    reading = read_file(SOURCES / "exo_settings_json/InvokeCommand-CASMailbox.json")

    assert (reading.reader, reading.records) == ("exo_settings_json", 2)
    assert observed(reading) == [
        ("ana@contoso.test", "imap_enabled", "false"),
        ("ana@contoso.test", "smtp_client_authentication_disabled", "null"),
        ("bob@contoso.test", "imap_enabled", "true"),
        ("bob@contoso.test", "smtp_client_authentication_disabled", "true"),
    ]


@pytest.mark.parametrize("name", ["namedLocations.json", "two-answers.json"])
def test_an_empty_answer_is_read_and_holds_nothing(name: str) -> None:
    """It is evidence that somebody asked; no record and no reject comes of it."""
    reading = read_file(SOURCES / "empty_page_json" / name)

    assert (reading.reader, reading.records) == ("empty_page_json", 0)
    assert not any(reading.tables.values())


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("appRoleAssignedTo.json", ["app_role_assignment"]), ("namedLocations.json", ["named_location"] * 2)],
)
def test_objects_of_the_directory_are_kept_whole(name: str, kinds: list[str]) -> None:
    """Application permissions and named locations are other records of their kind."""
    reading = read_file(SOURCES / "companion_json" / name)

    assert [row["kind"] for row in reading.rows("other_records")] == kinds
