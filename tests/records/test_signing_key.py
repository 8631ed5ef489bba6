"""Keys of a key list: certificates read by hand agree with the library, and hostile ones cost nothing but their dates."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any

import pytest

from mailwitness.model.evidence import RawRecord
from mailwitness.records.signing_key import FAMILY
from tests.tokens.test_check import certificate

KEY = {"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"}


def row_of(key: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    typed = FAMILY.build([RawRecord("signing_key", key, 0, 1, envelope)], "E1")
    assert typed.rejects == []
    (row,) = typed.tables["signing_keys"].to_pylist()
    return dict(row)


@pytest.mark.parametrize(
    ("made_from", "made_to"),
    [
        ("1999-12-31T23:59:59", "2049-12-31T23:59:59"),  # both in the short form
        ("1951-01-01", "2050-01-01"),  # the standard's border of the short form, and the long one
        ("2055-06-01T01:02:03", "9999-12-31T23:59:59"),
    ],
)
def test_dates_of_a_certificate_in_both_forms(made_from: str, made_to: str) -> None:
    """Two or four digits of the year, as RFC 5280 sets them."""
    der = certificate("org", made_from, made_to)

    row = row_of({**KEY, "x5c": [base64.b64encode(der).decode()]})

    assert (row["made_from"], row["made_to"]) == (datetime.fromisoformat(made_from), datetime.fromisoformat(made_to))
    assert row["certificate_sha1"] == hashlib.sha1(der, usedforsecurity=False).hexdigest()


def test_a_certificate_that_is_broken_anywhere_costs_nothing_but_its_dates() -> None:
    """Cut at any byte it has none; with a byte of its head changed it never is an error."""
    der = certificate("org", "2022-01-01", "2027-01-01")

    for end in range(len(der)):
        row = row_of({**KEY, "x5c": [base64.b64encode(der[:end]).decode()]})
        assert (row["kid"], row["made_from"], row["made_to"]) == ("k1", None, None)
    for at in range(120):
        for value in (0, 0x30, 0x7F, 0x80, 0x84, 0xFF):
            changed = der[:at] + bytes([value]) + der[at + 1 :]
            assert row_of({**KEY, "x5c": [base64.b64encode(changed).decode()]})["kid"] == "k1"


@pytest.mark.parametrize("x5c", [None, [], [None], "text", ["not base64!"], [""]])
def test_what_is_no_certificate_is_null(x5c: Any) -> None:
    """No certificate, no dates; the key stays."""
    row = row_of({**KEY, "x5c": x5c})

    assert (row["kid"], row["made_from"], row["made_to"]) == ("k1", None, None)


def test_the_same_key_on_the_same_day_is_one_row() -> None:
    """Whatever the order of its members; another day, or another list, is another row."""
    day = {"retrieved_at": "2023-06-01T08:00:00Z", "url": "u"}
    ids = [
        row_of(KEY, **day)["row_id"],
        row_of(dict(reversed(KEY.items())), **day)["row_id"],
        row_of(KEY, **{**day, "retrieved_at": "2023-06-02T08:00:00Z"})["row_id"],
        row_of(KEY, **{**day, "url": "v"})["row_id"],
        row_of(KEY)["row_id"],
    ]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_a_key_that_nothing_names_is_rejected() -> None:
    """Without kid, x5t and certificate no token can name it."""
    typed = FAMILY.build([RawRecord("signing_key", {"kty": "RSA", "n": "AQAB"}, 3, 4)], "E1")

    assert [(r.offset, r.reason) for r in typed.rejects] == [(3, "no_key_id")]
