"""Saved key lists: every key is a record, in each layout a list is kept in."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailwitness.workflow.detect import detect
from tests.sources.entra_rows import fixture, read_file

URL = "https://login.microsoftonline.com/common/discovery/v2.0/keys"


def keys(*kids: Any) -> dict[str, Any]:
    """A list with keys of these ids; what is no text is put in as it is."""
    return {
        "keys": [{"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"} if isinstance(kid, str) else kid for kid in kids]
    }


def written(path: Path, *lists: Any, one_per_line: bool = False, indent: int | None = None) -> Path:
    if one_per_line:
        path.write_text("".join(json.dumps(one) + "\n" for one in lists))
    else:
        path.write_text(json.dumps(lists[0] if len(lists) == 1 else list(lists), indent=indent))
    return path


def test_a_list_gives_its_keys_with_their_lives(tmp_path: Path) -> None:
    """Vendor's values as written; the certificate's SHA-1 and dates; the day and the address of the list."""
    reader, tables, outcome = read_file(fixture("jwks_json/keys.json"), tmp_path)

    assert (reader, outcome.records, outcome.rejects) == ("jwks_json", 2, 0)
    found = {row["kid"]: row for row in tables["signing_keys"]}
    written = {key["kid"]: key for key in json.loads(fixture("jwks_json/keys.json").read_text())["keys"]}
    seen = {"seen_on": datetime(2023, 6, 1, 8), "list_url": URL}
    of_list = {
        kid: {name: key[name] for name in ("kid", "issuer", "kty", "n", "e", "x5t")} for kid, key in written.items()
    }
    assert {name: value for name, value in found["kid-msa"].items() if name != "row_id"} == {
        **of_list["kid-msa"],
        **seen,
    }
    assert {name: value for name, value in found["kid-org"].items() if name not in ("row_id", "certificate_sha1")} == {
        **of_list["kid-org"],
        **seen,
        "made_from": datetime(2022, 1, 1),
        "made_to": datetime(2027, 1, 1),
    }
    assert len(found["kid-org"]["certificate_sha1"]) == 40


@pytest.mark.parametrize("one_per_line", [False, True])
def test_several_lists_in_one_file(tmp_path: Path, one_per_line: bool) -> None:
    """An array of lists, or one per line: each key once for each day."""
    days = [{**keys("k1", "k2"), "retrieved_at": day} for day in ("2023-06-01", "2023-06-02")]

    _, tables, outcome = read_file(written(tmp_path / "l.json", *days, one_per_line=one_per_line), tmp_path / "out")

    assert outcome.records == 4
    assert sorted((row["kid"], row["seen_on"].day) for row in tables["signing_keys"]) == [
        ("k1", 1),
        ("k1", 2),
        ("k2", 1),
        ("k2", 2),
    ]


def test_a_list_that_is_longer_than_the_head_is_recognised(tmp_path: Path) -> None:
    """A whole list need not fit into what is looked at first."""
    path = written(tmp_path / "l.json", keys(*(f"k{n}" for n in range(2000))), indent=1)

    reader, tables, _ = read_file(path, tmp_path / "out")

    assert (reader, len(tables["signing_keys"])) == ("jwks_json", 2000)


def test_what_is_no_key_is_rejected_in_its_place(tmp_path: Path) -> None:
    """A list without keys, an entry that is no object, and a key without any name are rejects; the others are read."""
    lists = [keys("k1", ["k2"], {"kty": "RSA"}), {"keys": []}, {"keys": None}]

    _, tables, outcome = read_file(written(tmp_path / "l.json", *lists), tmp_path / "out")

    assert [row["kid"] for row in tables["signing_keys"]] == ["k1"]
    assert (outcome.records, outcome.rejects) == (5, 4)


def test_a_list_that_is_cut_off_is_a_reject(tmp_path: Path) -> None:
    """Half a list is no list."""
    text = json.dumps(keys("k1", "k2"), indent=1)
    path = tmp_path / "l.json"
    path.write_text(json.dumps(keys("k0")) + "\n" + text[: len(text) // 2])

    _, tables, outcome = read_file(path, tmp_path / "out")

    assert [row["kid"] for row in tables["signing_keys"]] == ["k0"]
    assert outcome.rejects == 1


@pytest.mark.parametrize(
    "other",
    [
        {"keys": ["a", "b"]},
        {"keys": [{"kid": "k1"}]},
        {"keyCredentials": [{"kid": "k1", "kty": "RSA"}]},
        {"kty": "RSA", "kid": "k1"},
    ],
)
def test_neighbours_are_left_alone(tmp_path: Path, other: dict[str, Any]) -> None:
    """Other lists of keys, an application's credentials and a single key are no key list."""
    found = detect(written(tmp_path / "l.json", other), "l.json")

    assert found.reader is None or found.reader.id != "jwks_json"
