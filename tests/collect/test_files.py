"""Files and their manifest: whole, where they belong, and none changed unseen."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

from mailwitness.collect import manifest
from mailwitness.collect.feed import Body, Unit
from mailwitness.collect.ledger import Ledger, Wanted
from mailwitness.collect.raw import PARTIAL, UnitFiles, clear_partial

BEGIN = datetime(2026, 3, 1)
UNIT = Unit(7, "logs", "", BEGIN, BEGIN + timedelta(hours=6))
PAGES = [b'{"value":[1,2]}', b'{"value":\r\n[3]}']


def kept(folder: Path, *bodies: Body) -> list[str]:
    clear_partial(folder)
    files = UnitFiles(folder, UNIT)
    for body in bodies:
        files.add(body)
    stored, entries = files.keep()
    assert [entry["path"] for entry in entries] == list(dict.fromkeys(one.file for one in stored))
    return [one.file for one in stored]


def test_bodies_lie_byte_for_byte_in_one_file_named_by_window_and_content(tmp_path: Path) -> None:
    """The ledger's offset, length and hash give each back."""
    clear_partial(tmp_path)
    files = UnitFiles(tmp_path, UNIT)
    for page in PAGES:
        files.add(Body(page, 2, "GET https://contoso.test"))
    stored, (entry,) = files.keep()
    whole = (tmp_path / entry["path"]).read_bytes()
    assert PAGES == [whole[one.offset : one.offset + one.length] for one in stored]
    assert [hashlib.sha256(page).hexdigest() for page in PAGES] == [one.sha256 for one in stored]
    assert f"raw/logs/20260301T000000Z-20260301T060000Z-{hashlib.sha256(whole).hexdigest()[:16]}.json" == entry["path"]
    assert [] == list((tmp_path / PARTIAL).iterdir())


def test_the_same_bytes_again_are_the_same_file(tmp_path: Path) -> None:
    """A second listing that brings nothing new adds no file."""
    body = Body(PAGES[0], 2, "GET")
    assert kept(tmp_path, body) == kept(tmp_path, body)
    assert 1 == len(list((tmp_path / "raw" / "logs").iterdir()))


def test_parts_go_beside_the_unit_and_snapshots_under_settings(tmp_path: Path) -> None:
    """A listing beside what it lists."""
    listing = Body(b"[]", 0, "GET", part="listing")
    snapshot = Body(b'{"value":[]}', 0, "GET", part="settings/20260301T000000Z/TransportConfig")
    folders = [Path(name).parent.as_posix() for name in kept(tmp_path, Body(PAGES[0], 2, "GET"), listing, snapshot)]
    assert ["raw/logs", "raw/logs_listing", "settings/20260301T000000Z"] == folders


def test_what_was_not_kept_is_nowhere(tmp_path: Path) -> None:
    """Half a window is no evidence."""
    clear_partial(tmp_path)
    files = UnitFiles(tmp_path, UNIT)
    files.add(Body(PAGES[0], 2, "GET"))
    files.drop()
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


def manifested(tmp_path: Path) -> Ledger:
    """A folder with two files and their manifest."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number, page in enumerate(PAGES):
        begin = BEGIN + timedelta(days=number)
        ledger.plan([Wanted("logs", "", begin, begin + timedelta(days=1), due=begin)])
        taken = ledger.take(["logs"], BEGIN + timedelta(days=9), BEGIN + timedelta(days=9))
        assert taken is not None
        clear_partial(tmp_path)
        files = UnitFiles(tmp_path, taken[0])
        files.add(Body(page, 1, "GET"))
        stored, entries = files.keep()
        ledger.finish(taken[0], stored, [], records=1, distinct=1, late=None, fetched_at=begin, manifest=entries)
    manifest.write(ledger, tmp_path)
    return ledger


def test_the_manifest_shows_what_was_changed_or_taken_away(tmp_path: Path) -> None:
    """A file's byte, a line, a whole file."""
    manifested(tmp_path).close()
    assert [] == manifest.broken_links(tmp_path)
    path = tmp_path / manifest.NAME
    first, second = path.read_text().splitlines()
    file = tmp_path / json.loads(first)["path"]

    path.write_text(first.replace('"bodies": 1', '"bodies": 2') + "\n" + second + "\n")
    assert ["manifest.jsonl line 2: does not follow on the line before it"] == manifest.broken_links(tmp_path)
    path.write_text(f"{first}\n{second}\n")
    file.write_bytes(b"[4]\n")
    assert [f"{file.relative_to(tmp_path).as_posix()}: its bytes are not those of line 1"] == manifest.broken_links(
        tmp_path
    )
    file.unlink()
    assert [f"{file.relative_to(tmp_path).as_posix()}: named in line 1, and not there"] == manifest.broken_links(
        tmp_path
    )


def test_a_manifest_that_a_kill_cut_off_is_completed(tmp_path: Path) -> None:
    """From the ledger, which has every line."""
    ledger = manifested(tmp_path)
    path = tmp_path / manifest.NAME
    whole = path.read_bytes()
    for left in (whole[:-20], whole[: len(whole) // 2], b"", b"something else\n"):
        path.write_bytes(left)
        manifest.write(ledger, tmp_path)
        assert whole == path.read_bytes()
    ledger.close()
