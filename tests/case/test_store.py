"""A case folder: what is kept, published, and cleared away."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from mailwitness.case.store import Store, write_atomically
from mailwitness.errors import BusyError, UsageError
from tests.laws.cases import access, case_of, json_lines


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "case", "0")


def test_a_new_case_is_an_empty_one(store: Store) -> None:
    """No entries, one act, and creating it again opens it."""
    assert ({}, ["created"]) == (store.entries(), [act["act"] for act in store.custody.acts()])
    assert store.about == Store.create(store.root, "1").about


def test_a_folder_that_is_no_case_is_refused(tmp_path: Path) -> None:
    """Neither opened nor made into one while other files lie in it."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UsageError, match="not a case"):
        Store(tmp_path)
    with pytest.raises(UsageError, match="not empty"):
        Store.create(tmp_path, "0")


def test_a_case_of_another_format_is_refused(store: Store) -> None:
    """A format of later versions is not guessed at."""
    about = store.root / "case.json"
    about.write_text(about.read_text().replace('"format": 1', '"format": 99'))

    with pytest.raises(UsageError, match="format 99"):
        Store(store.root)


def test_bytes_are_kept_under_their_hash_and_once(store: Store) -> None:
    """Two copies of one content are one file, which nobody may write."""
    data = b"x" * 10_000_000
    sha256 = hashlib.sha256(data).hexdigest()

    for _ in range(2):
        assert (store.root / "evidence" / sha256, sha256, len(data)) == store.keep(io.BytesIO(data))
    assert [sha256] == [path.name for path in (store.root / "evidence").iterdir()]
    assert 0o444 == (store.root / "evidence" / sha256).stat().st_mode & 0o777
    assert [] == list((store.root / ".work").iterdir())


def test_what_is_too_large_leaves_nothing(store: Store) -> None:
    """The copy stops at the limit and is taken away."""
    with pytest.raises(ValueError, match="more than 5 bytes"):
        store.keep(io.BytesIO(b"123456"), 5)

    assert ([], []) == (list((store.root / "evidence").iterdir()), list((store.root / ".work").iterdir()))


def test_a_case_is_written_by_one_at_a_time(store: Store) -> None:
    """The second is told at once; after the first is done it may."""
    with store.writing(), pytest.raises(BusyError), Store(store.root).writing():
        pass
    with Store(store.root).writing():
        pass


def test_leftovers_of_a_killed_writer_are_cleared_away(store: Store) -> None:
    """Bytes, parts and half-written entries that no entry names go; what is not ours stays."""
    (store.root / ".work" / "ev-x").mkdir(parents=True)
    (store.root / "parts" / "ev-x").mkdir()
    (store.root / "ledger" / "ev-x.json.tmp").write_bytes(b"{")
    (store.root / "evidence" / ("0" * 64)).write_bytes(b"")
    (store.root / "evidence" / "by_hand.json").write_bytes(b"")

    with store.writing():
        pass

    left = [path.name for name in ("parts", "ledger", "evidence", ".work") for path in (store.root / name).glob("*")]
    assert ["by_hand.json"] == left


def test_bytes_that_custody_names_are_never_cleared_away(tmp_path: Path) -> None:
    """An entry taken away by hand does not take its evidence with it."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    for entry in (case.path / "ledger").iterdir():
        entry.unlink()

    with Store(case.path).writing():
        pass

    assert 1 == len(list((case.path / "evidence").iterdir()))


def test_an_act_that_a_kill_prevented_is_written_later(tmp_path: Path) -> None:
    """An entry without its act gets it from the next writer."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    chain = case.path / "custody.jsonl"
    lines = chain.read_bytes().splitlines(keepends=True)
    chain.write_bytes(lines[0])

    with Store(case.path).writing():
        pass

    assert ["created", "added"] == [act["act"] for act in Store(case.path).custody.acts()]
    assert [] == case.verify()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end before the move leaves the old bytes."""
    path = tmp_path / "x"
    write_atomically(path, b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")

    assert b"old" == path.read_bytes()
