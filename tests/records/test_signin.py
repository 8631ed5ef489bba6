"""Sign-ins: what is unknown stays null, what is odd is kept and counted, one sign-in has one key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailwitness.model.evidence import RawRecord
from mailwitness.records.signin import FAMILY

ID = "5ec7a110-3c41-4f0e-9a52-0d1e2f3a4b00"


def record(envelope: dict[str, Any] | None = None, **fields: Any) -> RawRecord:
    payload = {"id": ID, "createdDateTime": "2026-03-02T09:14:55Z", "userPrincipalName": "ana@contoso.test", **fields}
    return RawRecord("signin", payload, 10, 20, envelope)


def row(raw: RawRecord) -> dict[str, Any]:
    (found,) = FAMILY.build([raw], "E1").tables["signins"].to_pylist()
    return dict(found)


def test_a_row_says_where_it_comes_from() -> None:
    """Evidence, place and one sighting stand on every row."""
    found = row(record())

    assert (found["row_id"], found["evidence_id"], found["locator"], found["sightings"]) == (
        f"signin:{ID}",
        "E1",
        "bytes=10+20",
        1,
    )


def test_what_a_record_does_not_say_is_null() -> None:
    """No error code is not success, no policies are not none applied, no stream is not interactive."""
    found = row(record())

    assert {name: found[name] for name in ("error_code", "applied_conditional_access_policies", "stream", "is_interactive", "asn")} == {
        "error_code": None, "applied_conditional_access_policies": None, "stream": None, "is_interactive": None, "asn": None,
    }  # fmt: skip


def test_error_code_zero_is_kept() -> None:
    """Zero, as number or as text, is a code and not nothing."""
    assert [row(record(status={"errorCode": code}))["error_code"] for code in (0, "0", "50126")] == [0, 0, 50126]


def test_the_key_ignores_the_case_of_the_id() -> None:
    """Exports differ in the case of ids."""
    assert row(record(id=ID.upper()))["row_id"] == row(record())["row_id"]


def test_without_an_id_the_content_makes_the_key() -> None:
    """The same content has the same key whatever the order of its keys; other content has another."""
    one = RawRecord("signin", {"userPrincipalName": "a@x.test", "createdDateTime": "2026-03-02T09:14:55Z"}, 0, 1)
    same = RawRecord("signin", {"createdDateTime": "2026-03-02T09:14:55Z", "userPrincipalName": "a@x.test"}, 5, 1)
    other = RawRecord("signin", {"createdDateTime": "2026-03-02T09:14:56Z", "userPrincipalName": "a@x.test"}, 9, 1)

    keys = [row(raw)["row_id"] for raw in (one, same, other)]

    assert keys[0] == keys[1] != keys[2]


def test_ingestion_is_not_the_time() -> None:
    """A record with nothing but the time of its ingestion has no time."""
    found = row(record({"ingested_at": "2026-03-02T09:16:02Z"}, createdDateTime=None))

    assert (found["time"], found["ingested_at"]) == (None, datetime(2026, 3, 2, 9, 16, 2))


def test_a_time_or_code_that_cannot_be_read_is_a_fault_of_a_kept_row() -> None:
    """The row stays, the value is null, and the fault names its path and what was found."""
    typed = FAMILY.build([record(createdDateTime="soon", status={"errorCode": "many"}), record()], "E1")

    assert typed.tables["signins"].column("time").to_pylist() == [None, datetime(2026, 3, 2, 9, 14, 55)]
    assert sorted((f.path, f.found, f.row_id) for f in typed.faults) == [
        ("createdDateTime", "'soon'", f"signin:{ID}"),
        ("status.errorCode", "'many'", f"signin:{ID}"),
    ]


def test_nested_values_may_arrive_as_text() -> None:
    """Objects and lists given as JSON text read like objects and lists."""
    found = row(
        record(
            status='{"errorCode":53003}',
            location='{"city":"Ghent","countryOrRegion":"BE"}',
            deviceDetail='{"deviceId":"d"}',
        )
    )

    assert (found["error_code"], found["city"], found["country"], found["device_id"]) == (53003, "Ghent", "BE", "d")


def test_a_place_that_an_export_lost_is_unknown() -> None:
    """The name of a type is no country."""
    found = [
        row(record(location=text))["country"] for text in ("Ghent, BE", "Microsoft.Graph.PowerShell.Models.Location")
    ]

    assert found == ["BE", None]


def test_a_date_that_powershell_retyped_is_an_instant() -> None:
    """``/Date(ms)/`` is the same instant as the ISO text it was made from."""
    retyped, whole = record(createdDateTime="/Date(1772442895000)/"), record(id="2")

    times = FAMILY.build([retyped, whole], "E1").tables["signins"].column("time").to_pylist()

    assert times == [datetime(2026, 3, 2, 9, 14, 55)] * 2


def test_two_exports_of_one_signin_agree_on_its_nested_values() -> None:
    """The order of keys and the blanks of a JSON text are the exporter's, not the sign-in's."""
    as_object = row(record(authenticationDetails=[{"succeeded": True, "authenticationMethod": "Password"}]))
    as_text = row(record(authenticationDetails='[ {"authenticationMethod": "Password",\n "succeeded": true} ]'))

    assert as_object == as_text


def test_withheld_policies_are_unknown() -> None:
    """An empty list beside a status that a policy gave was withheld; beside notApplied it is an answer."""
    found = [
        row(record(appliedConditionalAccessPolicies=[], conditionalAccessStatus=status))[
            "applied_conditional_access_policies"
        ]
        for status in ("success", "failure", "notApplied")
    ]

    assert found == [None, None, "[]"]


def test_interactive_by_its_own_word_when_nothing_else_says() -> None:
    """isInteractive tells the streams of users apart; a service principal's two streams it does not."""
    found = [
        row(record(isInteractive=True))["stream"],
        row(record(isInteractive=False))["stream"],
        row(record(isInteractive=False, userPrincipalName="", servicePrincipalId="s"))["stream"],
    ]

    assert found == ["interactive", "non_interactive", None]


def test_names_of_one_person_are_mentioned_once() -> None:
    """A pair of names seen many times in a batch is one mention, with the first time."""
    again = [
        record(userId="A1"),
        record(id="2", userId="a1", userPrincipalName="Ana@contoso.test", createdDateTime="2026-03-03T00:00:00Z"),
    ]

    (found,) = FAMILY.build(again, "E1").tables["identity_mentions"].to_pylist()

    assert (found["kind_a"], found["value_a"], found["kind_b"], found["value_b"], found["time"]) == (
        "upn", "ana@contoso.test", "object_id", "a1", datetime(2026, 3, 2, 9, 14, 55),
    )  # fmt: skip


def test_an_object_that_says_nothing_of_a_signin_is_rejected() -> None:
    """A reject names the place and the keys found; the other records of the batch become rows."""
    typed = FAMILY.build([RawRecord("signin", {"color": "red"}, 3, 4), RawRecord("signin", "[]", 7, 2), record()], "E1")

    assert [(r.offset, r.length, r.reason) for r in typed.rejects] == [(3, 4, "no_signin"), (7, 2, "not_an_object")]
    assert typed.tables["signins"].num_rows == 1


def test_a_value_of_an_odd_type_is_kept_as_json() -> None:
    """A list where a text is expected is not lost."""
    assert row(record(userAgent=["a", "b"], appId=7))["user_agent"] == '["a","b"]'


def test_the_payload_may_be_json_bytes() -> None:
    """Bytes of one JSON object read like the object."""
    assert row(RawRecord("signin", b'{"id":"1","createdDateTime":"2026-03-02T09:14:55Z"}', 0, 1))["id"] == "1"
