"""Everything that can be computed again, computed again: hashes, custody chain, ledger, accounting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.parquet as pq

from mailwitness.case import settle
from mailwitness.case.engines.duckdb_engine import connect, files_sql
from mailwitness.case.store import Store, evidence_id_of, hash_file
from mailwitness.errors import IntegrityError
from mailwitness.model.tables import TABLES

HASHES = "hashes.json"
"""Beside kept findings: the SHA-256 of each of their files."""

UNSETTLED = "tables/: not settled from the present ledger; any command that reads the case settles it"


def verify(store: Store) -> list[str]:
    """What is not as recorded, each as a sentence naming the file; empty when the case is intact."""
    problems = list(store.custody.broken())
    try:
        entries = store.entries()
    except IntegrityError as error:
        return [*problems, str(error)]
    acts = {act["details"].get("evidence_id"): act["details"] for act in store.custody.acts() if act["act"] == "added"}
    for evidence_id, entry in entries.items():
        problems.extend(_item(store, evidence_id, entry, acts))
    for evidence_id in sorted(acts.keys() - entries.keys()):
        problems.append(f"ledger/{evidence_id}.json: gone, though custody.jsonl says the item was added")
    listed = {entry["sha256"] for entry in entries.values() if entry["kept"] == "copied"}
    for path in sorted((store.root / "evidence").iterdir()):
        if path.name not in listed:
            problems.append(
                f"evidence/{path.name}: no ledger entry names it (left by a killed add, or put there by hand)"
            )
    if not any(problem.startswith("parts/") for problem in problems):  # else there is nothing to count
        problems.extend(_accounting(store, entries))
    problems.extend(_findings(store))
    return problems


def _findings(store: Store) -> Iterator[str]:
    """Answers are what was written: each file of the kept findings has the hash noted beside it."""
    for folder in sorted((store.root / "findings").iterdir()):
        noted = folder / HASHES
        if not noted.is_file():
            continue  # being made, or left by a killed reader: never read, and made again
        hashes: dict[str, str] = json.loads(noted.read_text("utf-8"))
        present = {path.name for path in folder.glob("*.parquet")}
        for name in sorted(hashes.keys() | present):
            if name not in present:
                yield f"findings/{folder.name}/{name}: gone. Remove the folder: the findings are then made again"
            elif name not in hashes or hash_file(folder / name) != hashes[name]:
                yield f"findings/{folder.name}/{name}: changed since it was written. Remove the folder: the findings are then made again"


def _item(
    store: Store, evidence_id: str, entry: Mapping[str, Any], acts: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    name = entry["name"]
    path = store.bytes_of(entry)
    if evidence_id != evidence_id_of(entry["sha256"], name):
        yield f"ledger/{evidence_id}.json ({name}): the id does not belong to the hash it records"
    if not path.is_file():
        yield f"{path} ({name}): the evidence is gone"
    elif (found := hash_file(path)) != entry["sha256"]:
        yield f"{path} ({name}): the evidence changed: SHA-256 is {found}, was {entry['sha256']}"
    if evidence_id not in acts:
        yield f"custody.jsonl: no act says that {evidence_id} ({name}) was added"
    elif acts[evidence_id].get("entry_sha256") != hash_file(store.root / "ledger" / f"{evidence_id}.json"):
        yield f"ledger/{evidence_id}.json ({name}): the entry changed since it was written"
    kept = 0
    for part in entry["parts"]:
        file = store.root / "parts" / evidence_id / part["file"]
        if not file.is_file():
            yield f"parts/{evidence_id}/{part['file']} ({name}): gone"
            continue
        if hash_file(file) != part["sha256"]:
            yield f"parts/{evidence_id}/{part['file']} ({name}): changed since it was written"
            continue
        rows = pq.read_metadata(file).num_rows
        if rows != part["rows"]:
            yield f"parts/{evidence_id}/{part['file']} ({name}): {rows} rows, the ledger says {part['rows']}"
        kept += rows if part["primary"] else 0
    skips = sum(count for count, _, _ in entry["skips"].values())
    if entry["records"] != kept + entry["rejects"] + skips:
        yield f"{name}: {entry['records']} records, but {kept} rows + {entry['rejects']} rejects + {skips} skips in its parts"


def _accounting(store: Store, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Each distinct record has exactly one row in the tables, and each row exactly one."""
    state = settle.settled(store, entries)
    if state is None:
        yield UNSETTLED
        return
    parts = {part["sha256"] for entry in entries.values() for part in entry["parts"]}
    present = {f"{path.parent.name}/{path.name}": path for path in (store.root / "tables").glob("*/*")}
    changed = [
        f"tables/{name}: changed since it was settled; remove the folder tables, and any command that reads the case settles it"
        for name in sorted(state["files"].keys() | present.keys())
        if name not in state["files"]
        or name not in present
        or hash_file(present[name]) not in ({state["files"][name]} if state["files"][name] else parts)
    ]
    if changed:
        yield from changed
        return
    files = settle.table_files(store.root / "tables")
    connection = connect()
    for table in TABLES.values():
        if table.kind != "event" or table.name == "mail_access_items":
            continue
        files_of = [path for path, _, _ in settle.parts_of(store, entries, table) if path.is_file()]
        if not files_of:
            continue
        seen = connection.execute(f"SELECT count(*) FROM {files_sql(files_of)}").fetchone()
        shown = (0, 0, 0)
        if table.name in files:
            counted = "SELECT count(*), count(DISTINCT row_id), sum(sightings) FROM "
            shown = connection.execute(counted + files_sql(files[table.name])).fetchone() or shown
        if shown[0] != shown[1] or seen is None or seen[0] != shown[2]:
            yield (
                f"tables/{table.name}: {shown[0]} rows with {shown[1]} keys and {shown[2]} sightings; "
                f"the parts hold {seen and seen[0]} sightings"
            )
    connection.close()
    for evidence_id, entry in entries.items():
        account = state["accounts"].get(evidence_id, {"rows": 0, "duplicates": 0})
        skips = sum(count for count, _, _ in entry["skips"].values())
        if entry["records"] != account["rows"] + account["duplicates"] + entry["rejects"] + skips:
            yield f"{entry['name']}: {entry['records']} records are not rows + duplicates + rejects + skips"
