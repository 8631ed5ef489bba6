"""Requests to Microsoft Graph: what was asked for, by whom, with which token."""

from __future__ import annotations

from datetime import datetime

from mailwitness.model.evidence import RawRecord
from mailwitness.records.graph_activity import FAMILY


def test_numbers_as_text_and_a_hostile_uri_are_kept_as_they_are() -> None:
    """Codes and sizes come as text from a CSV; a URI is text whatever it holds."""
    payload = {
        "requestId": "R1", "timeGenerated": "2026-03-02T11:59:58Z", "responseStatusCode": "403", "responseSizeBytes": "0",
        "requestUri": "https://graph.microsoft.com/v1.0/users?$filter='<script>'", "ipAddress": "not an address",
    }  # fmt: skip

    (found,) = FAMILY.build([RawRecord("graph_activity", payload, 0, 1)], "E1").tables["graph_activity"].to_pylist()

    assert (found["row_id"], found["time"], found["response_status_code"], found["response_size_bytes"]) == (
        "graph_activity:r1", datetime(2026, 3, 2, 11, 59, 58), 403, 0,
    )  # fmt: skip
    assert found["request_uri"] == payload["requestUri"]
    assert found["ip_address"] is None


def test_a_record_without_request_is_rejected() -> None:
    """Neither an id nor a URI: a reject."""
    typed = FAMILY.build([RawRecord("graph_activity", {"appId": "x"}, 3, 4)], "E1")

    assert [(r.offset, r.reason) for r in typed.rejects] == [(3, "no_graph_request")]
