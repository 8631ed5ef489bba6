"""The stand-in as an object: its clock, its addresses, what it says of itself, and calls that make no sense."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mailwitness.errors import UsageError
from mailwitness.standin import Addresses, StandIn, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, hours, sign_in, write_tenant


def test_the_clock_begins_at_the_export_and_runs(serve: Serve) -> None:
    """At the rate that is asked for; set, it goes on from there. A time without zone is UTC."""
    standin = serve(rate=3600.0).standin
    begun = standin.now
    time.sleep(0.1)
    gone = standin.now - begun
    standin.now = datetime(2026, 3, 3)

    assert EXPORT <= begun < EXPORT + timedelta(hours=3)
    assert timedelta(minutes=5) < gone < timedelta(hours=3)
    assert datetime(2026, 3, 3, tzinfo=UTC) <= standin.now < datetime(2026, 3, 3, 3, tzinfo=UTC)
    assert START == serve(now=START).standin.now


def test_it_holds_what_it_was_given(serve: Serve) -> None:
    """By feed and id with the record's own time, whatever the clock says; a copy that comes later is in records alone."""
    client = serve(
        streams={
            "interactive": [sign_in(1, hours(1), available=hours(1000))],
            "unified": [audit(1, hours(2)), audit(1, hours(2), available=hours(3))],
        }
    )
    held = client.standin.holds

    assert {"aaaa0000-0000-4000-8000-000000000001": hours(1)} == held["signins_interactive"]
    assert {"bbbb0000-0000-4000-8000-000000000001": hours(2)} == held["unified_audit_log"]
    assert [1, 2, 0] == [
        len(client.standin.records(feed)) for feed in ("signins_interactive", "unified_audit_log", "message_trace")
    ]
    assert (frozenset(), {}) == (client.standin.withheld, held["directory_audits"])
    with pytest.raises(UsageError, match="'signins' is not known"):
        client.standin.records("signins")


def test_it_remembers_what_it_served(serve: Serve) -> None:
    client = serve(streams={"interactive": [sign_in(1, hours(1))]})
    client.graph("v1.0/auditLogs/signIns", top="5")
    client.feed("audit/none")

    first, second = client.standin.served

    assert ("graph", "GET", "/v1.0/auditLogs/signIns", "%24top=5", 200, None, None) == (
        first.service, first.method, first.path, first.query, first.status, first.fault, first.note,
    )  # fmt: skip
    assert ("management", 400, True) == (second.service, second.status, "AF20052" in (second.note or ""))


def test_only_who_trusts_its_authority_is_served(serve: Serve) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{serve().standin.addresses.graph}/v1.0/users", trust_env=False)


def test_two_stand_side_by_side(serve: Serve) -> None:
    """Each has its own ports, secret and tokens; the application has one id."""
    first, second = serve(), serve()
    token = second.headers("graph")

    refused = first.http.get(f"{first.standin.addresses.graph}/v1.0/users", headers=token)

    assert (401, 200) == (refused.status_code, second.graph("v1.0/users").status_code)
    assert first.standin.client_id == second.standin.client_id
    assert first.standin.client_secret != second.standin.client_secret


def test_a_request_that_still_waits_does_not_hold_the_end_up(tmp_path: Path) -> None:
    """Six seconds to the first byte are not waited for."""
    folder = write_tenant(tmp_path / "tenant")
    begun = time.monotonic()
    with StandIn(folder, ["F8=1"], terms=Terms(pace=1)) as standin:
        client = Client(standin, timeout=0.5)
        for number in range(3):
            try:
                client.graph(f"v1.0/users?$top={number + 1}")
            except httpx.TimeoutException:
                break
    client.http.close()
    assert time.monotonic() - begun < 5


def test_the_folder_may_be_the_simulations_own(tmp_path: Path) -> None:
    """Where simulate put the format, one or two folders down."""
    (tmp_path / "out" / "exports").mkdir(parents=True)
    write_tenant(tmp_path / "out" / "exports" / "tenant")
    ids = {StandIn(tmp_path / "out" / place).tenant_id for place in ("", "exports", "exports/tenant")}
    assert {"11111111-0000-4000-8000-000000000001"} == ids


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there, with a collector that asks once and again when it is told to."""
    page = (Path(__file__).parents[2] / "docs" / "standin.md").read_text("utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    write_tenant(tmp_path / "tenant", interactive=[sign_in(1, hours(1)), sign_in(2, hours(2))])
    monkeypatch.chdir(tmp_path)

    def collect(addresses: Addresses, ca_file: Path, tenant_id: str, client_id: str, client_secret: str) -> set[str]:
        scope = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        with httpx.Client(verify=ssl.create_default_context(cafile=str(ca_file))) as http:
            token = http.post(
                f"{addresses.authority}/{tenant_id}/oauth2/v2.0/token",
                data={**scope, "client_id": client_id, "client_secret": client_secret},
            ).json()["access_token"]
            for _ in range(9):
                try:
                    answer = http.get(
                        f"{addresses.graph}/beta/auditLogs/signIns", headers={"Authorization": f"Bearer {token}"}
                    )
                    return {row["id"] for row in answer.json()["value"]}
                except (httpx.RemoteProtocolError, ValueError, KeyError):
                    continue
        return set()

    exec(compile(example, "docs/standin.md", "exec"), {"collect": collect})


def test_wrong_calls_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--formats tenant"):
        StandIn(tmp_path)
    folder = write_tenant(tmp_path / "tenant")
    with pytest.raises(UsageError, match="fault 'F0' is not known"):
        StandIn(folder, {"F0": 1.0})
    with pytest.raises(UsageError, match="pace 0"):
        Terms(pace=0)
    with StandIn(folder) as standin, pytest.raises(UsageError, match="cannot be used"):
        StandIn(folder, port=int(standin.addresses.authority.rpartition(":")[2])).__enter__()
