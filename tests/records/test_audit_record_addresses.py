"""Where an audit record writes its address, and what its client string says of the client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailwitness.model.evidence import RawRecord
from mailwitness.records.audit_record import build
from mailwitness.records.mail_client import client_of


def row_of(**fields: Any) -> dict[str, Any]:
    record = {"Id": "1", "CreationTime": "2026-03-02T09:15:22", "Operation": "MailItemsAccessed", **fields}
    typed = build([RawRecord("audit_record", json.dumps(record).encode(), 0, 1)], "e1")
    (row,) = typed.tables["mail_accesses"].to_pylist()
    return {name: row[name] for name in ("client_ip", "client_port", "client_ip_raw")}


@pytest.mark.parametrize("placeholder", ["<null>", "Unknown", "", None])
def test_a_placeholder_does_not_hide_the_address_in_the_next_field(placeholder: str | None) -> None:
    found = row_of(ClientIP=placeholder, ClientIPAddress="[2001:db8::7]:443")

    assert {"client_ip": "2001:db8::7", "client_port": 443, "client_ip_raw": "[2001:db8::7]:443"} == found


def test_what_is_no_address_in_any_field_stays_as_written() -> None:
    assert {"client_ip": None, "client_port": None, "client_ip_raw": "<null>"} == row_of(ClientIP="<null>")


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("Client=CI", "service"),
        ("Client=EBA/TBA;x", "service"),
        ("Client=Hub Transport", "service"),
        ("Client=Citadel", "other"),
    ],
)
def test_a_service_is_named_by_a_whole_word(text: str, client: str) -> None:
    """What only begins like a service's name is not taken for one: it would be set aside as background work."""
    assert client_of(text) == client
