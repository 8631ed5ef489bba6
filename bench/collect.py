"""The collector against the stand-in: each fault alone, mixtures by the hundred, kills at random moments, and throughput.

    python bench/collect.py faults [--seeds 200] [--first 1]     what was collected is the truth, or what is missing lies in a gap
    python bench/collect.py searches [--seeds 30]                the same of the feeds that are searches, by record id
    python bench/collect.py kills [--kills 100] [--seed 1]       kill -9 at random moments: no loss, nothing twice in the case
    python bench/collect.py throughput [--seconds 20]            raw capture without limits, and memory

A mixture's seed decides its faults, their probabilities and every chance in the stand-in, so a failure is repeated by its seed. Each line of output is one run.

Truth: a record of the stand-in is had if its JSON, byte for byte, is one of the records in the raw files. What is not had must lie in a gap of the ledger, and
in no window that the statement calls complete.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from mailwitness.collect.budget import RATES
from mailwitness.collect.client import Patience
from mailwitness.collect.clouds import Addresses
from mailwitness.collect.config import Config
from mailwitness.collect.connect import connect
from mailwitness.collect.credentials import Secret
from mailwitness.collect.feed import Feed
from mailwitness.collect.feeds import feeds
from mailwitness.collect.ledger import moment_of
from mailwitness.collect.run import Run, Summary, Wish
from mailwitness.standin import FAULTS, StandIn, Terms

DAYS, MAILBOXES = 8, 15
WANTED = timedelta(days=2)
EXPORTED_AFTER = timedelta(days=3)  # the simulator's export is of three days after the last record
LISTINGS = (timedelta(minutes=20), timedelta(hours=4), *(timedelta(days=n, hours=1) for n in range(1, 12)))
"""When the collector is run, after the end of what is wanted: as daily as a watch would, until the latest record of the latest blob must have come."""
LOGS = ("signins_interactive", "signins_non_interactive", "signins_service_principal", "directory_audits")
UNIFIED = "unified_audit_log"
QUICK = Patience(connect_s=5.0, silence_s=20.0, whole_s=30.0, first_pause_s=0.005, tries=6)


def tenant(folder: Path, mailboxes: int = MAILBOXES, days: int = DAYS) -> Path:
    """A simulated tenant to serve, made once."""
    if not (folder / "exports" / "tenant" / "tenant.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        words = ["simulate", str(folder), "--formats", "tenant", "--mailboxes", str(mailboxes), "--days", str(days)]
        subprocess.run(
            [sys.executable, "-c", "from mailwitness.cli import main; raise SystemExit(main())", *words],
            check=True,
            capture_output=True,
        )
    return folder


def config_for(standin: StandIn, workers: int = 4) -> Config:
    addresses = standin.addresses
    return Config(
        standin.tenant_id,
        standin.client_id,
        Addresses(addresses.authority, addresses.graph, addresses.management, addresses.exchange),
        ca_file=standin.ca_file,
        workers=workers,
        rates=dict.fromkeys(RATES, 2000.0),
        patience=QUICK,
    )


def log_feeds() -> dict[str, Feed]:
    """The feeds whose truth the stand-in tells."""
    return {name: feed for name, feed in feeds().items() if name in LOGS or feed.part_of == UNIFIED}


def naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def collect_once(folder: Path, standin: StandIn, wish: Wish, chosen: Mapping[str, Feed]) -> Summary:
    connection = connect(config_for(standin), secret=Secret(standin.client_secret))
    try:
        return Run(folder, connection, chosen, "bench").collect(wish)
    finally:
        connection.close()


def records_in(folder: Path, feed: str) -> Counter[bytes]:
    """The records in a feed's raw files, byte for byte, each body cut out by the ledger's offsets, and how often each is there."""
    found: Counter[bytes] = Counter()
    seen: set[tuple[str, int]] = set()
    ledger = sqlite3.connect(folder / "ledger.sqlite")
    rows = ledger.execute(
        "SELECT DISTINCT b.file, b.offset, b.length FROM bodies AS b JOIN units AS u ON u.id = b.unit_id WHERE u.feed = ? AND b.records > 0",
        (feed,),
    ).fetchall()
    ledger.close()
    for file, offset, length in rows:
        if (file, offset) in seen or not file.startswith(f"raw/{feed}/"):
            continue
        seen.add((file, offset))
        with (folder / file).open("rb") as stream:
            stream.seek(offset)
            body = stream.read(length)
        listed = (
            msgspec.json.decode(body, type=list[msgspec.Raw]) if body.lstrip()[:1] == b"[" else _page.decode(body).value
        )
        found.update(bytes(one) for one in listed)
    return found


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]


_page = msgspec.json.Decoder(_Page)


def gaps_in(folder: Path, names: Sequence[str]) -> list[tuple[datetime, datetime]]:
    """The windows that the ledger calls a gap, or that it does not call had, of these feeds."""
    ledger = sqlite3.connect(folder / "ledger.sqlite")
    marks = ",".join("?" * len(names))
    rows = ledger.execute(
        f"""SELECT u.window_from, u.window_to FROM units AS u WHERE u.feed IN ({marks}) AND u.state NOT IN ('verified', 'split')
              AND NOT EXISTS (SELECT 1 FROM units AS v WHERE v.feed = u.feed AND v.scope = u.scope AND v.state = 'verified'
                                                        AND v.window_from <= u.window_from AND v.window_to >= u.window_to)
            UNION ALL SELECT m.window_from, m.window_to FROM missing AS m JOIN units AS u ON u.id = m.unit_id WHERE u.feed IN ({marks})""",
        (*names, *names),
    ).fetchall()
    ledger.close()
    return [(moment_of(begin), moment_of(end)) for begin, end in rows]


def claimed(folder: Path, feed: str) -> list[tuple[datetime, datetime]]:
    """The windows that the statement calls complete for all users."""
    lines = map(json.loads, (folder / "collection-statement.jsonl").read_text().splitlines())
    return [
        (moment_of(line["window_from"]), moment_of(line["window_to"]))
        for line in lines
        if line["feed"] == feed and line.get("complete") is True and line["users"] == "all"
    ]


def inside(moment: datetime, windows: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(begin <= moment < end for begin, end in windows)


def compared(folder: Path, standin: StandIn, begin: datetime, end: datetime) -> tuple[list[str], Counter[str]]:
    """(what is wrong, counts): a record that is neither had nor in a gap, one that is missing and claimed, one that nobody made."""
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    parts = [name for name, feed in feeds().items() if feed.part_of == UNIFIED]
    for feed in (*LOGS, UNIFIED):
        names = parts if feed == UNIFIED else [feed]
        had: Counter[bytes] = sum((records_in(folder, name) for name in names), Counter())
        truth = standin.records(feed)
        gaps, claims = gaps_in(folder, names), claimed(folder, feed)
        for record in truth:
            at = datetime(1970, 1, 1) + timedelta(milliseconds=record.at)
            if not begin <= at < end:
                continue
            counts["records"] += 1
            if record.body in had:
                counts["had"] += 1
                continue
            counts["missing"] += 1
            if not inside(at, gaps):
                wrong.append(f"{feed} {record.id} of {at}: neither had nor in a gap")
            if inside(at, claims):
                wrong.append(f"{feed} {record.id} of {at}: missing, and the statement calls that time complete")
        invented = had.keys() - {record.body for record in truth}
        wrong += [f"{feed}: {len(invented)} records that the tenant never had"] if invented else []
        counts["claimed hours"] += int(sum((b - a).total_seconds() for a, b in claims) / 3600)
    if not counts["records"]:
        wrong.append("there was nothing to collect: the benchmark asks for the wrong time")
    return wrong, counts


def faulty_run(place: Path, holds: Path, switched: Mapping[str, float], seed: int) -> tuple[list[str], Counter[str]]:
    """One tenant under some faults, collected at each of `LISTINGS`, and compared with the truth."""
    folder = place / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    terms = Terms(
        pace=2000,
        auditlog_page=200,
        blob_records=60,
        listing_page=7,
        huge_blob_bytes=(1 << 20, 9 << 20),
        long_query_rows=3000,
    )
    with StandIn(holds, switched, seed=seed, terms=terms) as standin:
        end = naive(standin.now) - EXPORTED_AFTER
        begin = end - WANTED
        wish = Wish(begin, end, start_subscriptions=True)
        # Without lateness three days bring all that there is.
        for after in LISTINGS if switched.keys() & {"F11", "F19"} else LISTINGS[:5]:
            standin.now = end + after
            summary = collect_once(folder, standin, wish, log_feeds())
        wrong, counts = compared(folder, standin, begin, end)
        counts["struck"] = sum(1 for one in standin.served if one.fault is not None)
        counts["requests"] = len(standin.served)
        counts["late"] = summary.late
    return wrong, counts


SEARCHED = {
    "audit_query": UNIFIED,
    "search_unified_audit_log": UNIFIED,
    "risk_detections": "risk_detections",
    "message_trace": "message_trace",
}
"""The feeds that are searches, whose answers wrap the record: they are compared by its id."""
SEARCH_FAULTS = ("F1", "F2", "F4", "F5", "F6", "F7", "F8", "F14", "F15", "F16", "F17", "F24")


def faulty_search(place: Path, holds: Path, switched: Mapping[str, float], seed: int) -> tuple[list[str], Counter[str]]:
    """The searching feeds over one tenant under some faults, each compared with the truth by itself."""
    folder = place / "searched"
    shutil.rmtree(folder, ignore_errors=True)
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    terms = Terms(pace=2000, query_records=400, query_page=50, query_takes_s=20, search_rows=2000, trace_page=50)
    with StandIn(holds, switched, seed=seed, terms=terms) as standin:
        end = naive(standin.now) - EXPORTED_AFTER
        begin = end - WANTED
        standin.now = end + timedelta(days=2)
        collect_once(folder, standin, Wish(begin, end), {name: feeds()[name] for name in SEARCHED})
        for name, log in SEARCHED.items():
            had, gaps = ids_in(folder, name), gaps_in(folder, [name])
            for id_, at in standin.holds[log].items():
                if begin <= naive(at) < end:
                    counts["records"] += 1
                    counts["had" if id_ in had else "missing"] += 1
                    if id_ not in had and not inside(naive(at), gaps):
                        wrong.append(f"{name} {id_} of {at}: neither had nor in a gap")
        counts["struck"] = sum(1 for one in standin.served if one.fault is not None)
        counts["requests"] = len(standin.served)
    return wrong, counts


def ids_in(folder: Path, name: str) -> set[str]:
    """The ids that a feed's raw files hold."""
    ledger = sqlite3.connect(folder / "ledger.sqlite")
    rows = ledger.execute(
        "SELECT DISTINCT b.file, b.offset, b.length FROM bodies AS b JOIN units AS u ON u.id = b.unit_id WHERE u.feed = ?",
        (name,),
    ).fetchall()
    ledger.close()
    found: set[str] = set()
    for file, offset, length in rows:
        if file.startswith(f"raw/{name}/"):
            with (folder / file).open("rb") as stream:
                stream.seek(offset)
                # A trace is named by message and recipient; the truth has the message's id.
                found.update(id_.partition(" ")[0] for id_ in feeds()[name].ids(stream.read(length)))
    return found


def searches(seeds: int) -> int:
    bad = 0
    with tempfile.TemporaryDirectory(prefix="mailwitness-bench-") as place:
        holds = tenant(Path(place) / "tenant")
        runs: list[tuple[str, dict[str, float], int]] = [("no fault", {}, 1)]
        # A search is few requests, so each fault is made likely and tried with several seeds.
        runs += [(f"{name} alone", {name: 0.6}, seed) for name in SEARCH_FAULTS for seed in range(1, 6)]
        for seed in range(1, seeds + 1):
            chance = random.Random(seed)
            chosen = chance.sample(SEARCH_FAULTS, chance.randint(1, 6))
            runs.append(
                (
                    f"seed {seed}",
                    {name: round(FAULTS[name].probability * chance.uniform(0.3, 1.0), 3) for name in chosen},
                    seed,
                )
            )
        for name, switched, seed in runs:
            began = time.monotonic()
            wrong, counts = faulty_search(Path(place), holds, switched, seed)
            bad += bool(wrong)
            shown = ", ".join(f"{key} {counts[key]}" for key in ("records", "had", "missing", "struck", "requests"))
            print(
                f"{'WRONG' if wrong else 'right'}  {name}: {shown}, {time.monotonic() - began:.1f} s  [{' '.join(switched)}]",
                flush=True,
            )
            for sentence in wrong[:5]:
                print(f"       {sentence}")
    print(f"{bad} wrong")
    return 1 if bad else 0


def mixture(seed: int) -> dict[str, float]:
    """Some faults with a probability each."""
    chance = random.Random(seed)
    chosen = chance.sample(sorted(FAULTS), chance.randint(1, 8))
    return {name: round(min(FAULTS[name].probability * chance.uniform(0.3, 1.0), 0.9), 3) for name in chosen}


def faults(seeds: int, first: int) -> int:
    bad = 0
    with tempfile.TemporaryDirectory(prefix="mailwitness-bench-") as place:
        holds = tenant(Path(place) / "tenant")
        alone = [(f"{name} alone", {name: FAULTS[name].probability}, 1) for name in FAULTS]
        mixed = [(f"seed {seed}", mixture(seed), seed) for seed in range(first, first + seeds)]
        for name, switched, seed in [("no fault", {}, 1), *(alone if first == 1 else []), *mixed]:
            began = time.monotonic()
            wrong, counts = faulty_run(Path(place), holds, switched, seed)
            bad += bool(wrong)
            shown = ", ".join(
                f"{key} {counts[key]}" for key in ("records", "had", "missing", "claimed hours", "struck", "requests")
            )
            which = " ".join(f"{key}={share:g}" for key, share in switched.items())
            print(
                f"{'WRONG' if wrong else 'right'}  {name}: {shown}, {time.monotonic() - began:.1f} s  [{which}]",
                flush=True,
            )
            for sentence in wrong[:5]:
                print(f"       {sentence}")
    print(f"{bad} wrong")
    return 1 if bad else 0


_CHILD = """
import json, sys
from pathlib import Path
sys.path.insert(0, {bench!r})
from collect import QUICK, log_feeds
from mailwitness.collect.budget import RATES
from mailwitness.collect.clouds import Addresses
from mailwitness.collect.config import Config
from mailwitness.collect.connect import connect
from mailwitness.collect.credentials import Secret
from mailwitness.collect.run import Run, Wish
from mailwitness.collect.ledger import moment_of
given = json.loads(sys.stdin.readline())
config = Config(given["tenant_id"], given["client_id"], Addresses(*given["addresses"]), ca_file=Path(given["ca_file"]),
                rates=dict.fromkeys(RATES, 2000.0), patience=QUICK)
connection = connect(config, secret=Secret(given["secret"]))
summary = Run(Path(given["folder"]), connection, log_feeds(), "bench").collect(
    Wish(moment_of(given["begin"]), moment_of(given["end"]), start_subscriptions=True))
print(json.dumps({{"complete": summary.complete, "outstanding": summary.outstanding}}))
"""


def kills(count: int, seed: int) -> int:
    """Kill the collector at random moments until it has been killed ``count`` times; after each, at once again."""
    chance = random.Random(seed)
    killed = rounds = bad = 0
    with tempfile.TemporaryDirectory(prefix="mailwitness-bench-") as place:
        holds = tenant(Path(place) / "tenant")
        while killed < count:
            rounds += 1
            folder = Path(place) / f"folder-{rounds}"
            terms = Terms(pace=60, auditlog_page=50, blob_records=40, listing_page=7)
            with StandIn(holds, {}, seed=seed + rounds, terms=terms) as standin:
                end = naive(standin.now) - EXPORTED_AFTER
                begin = end - WANTED
                standin.now = end + LISTINGS[2]
                while True:
                    after = chance.uniform(0.2, 3.0) if killed < count else None
                    finished = _killed_run(folder, standin, begin, end, after)
                    if finished:
                        break
                    killed += 1
                wrong, counts = compared(folder, standin, begin, end)
            wrong += _twice_in_the_case(Path(place) / f"case-{rounds}", folder)
            bad += bool(wrong)
            print(f"{'WRONG' if wrong else 'right'}  round {rounds}: {killed} kills so far, {dict(counts)}", flush=True)
            for sentence in wrong[:5]:
                print(f"       {sentence}")
            shutil.rmtree(folder)
    print(f"{killed} kills, {bad} wrong")
    return 1 if bad else 0


def _killed_run(folder: Path, standin: StandIn, begin: datetime, end: datetime, after: float | None) -> bool:
    """Start the collector and kill it after some seconds. True if it was done before."""
    given = {
        "tenant_id": standin.tenant_id,
        "client_id": standin.client_id,
        "secret": standin.client_secret,
        "addresses": [getattr(standin.addresses, name) for name in ("authority", "graph", "management", "exchange")],
        "ca_file": str(standin.ca_file),
        "folder": str(folder),
        "begin": begin.isoformat(),
        "end": end.isoformat(),
    }
    script = _CHILD.format(bench=str(Path(__file__).parent))
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(json.dumps(given) + "\n")
    child.stdin.close()
    try:
        child.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        return False
    if child.returncode != 0:
        raise RuntimeError(f"the collector ended with {child.returncode}")
    return True


def _twice_in_the_case(case: Path, folder: Path) -> list[str]:
    """What is wrong with the case made of the folder: rows that are there twice, files that nobody reads, a broken manifest."""
    from mailwitness import Case
    from mailwitness.collect.manifest import broken_links

    wrong = broken_links(folder)
    opened = Case.create(case)
    added = opened.add([folder])
    wrong += added.problems
    # A logon of the unified log bears the id of its sign-in, and is a row of its own stream.
    for table, identity in (("signins", "(id, stream)"), ("audit_events", "id"), ("directory_audits", "id")):
        rows, distinct = opened.sql(f"SELECT COUNT(*), COUNT(DISTINCT {identity}) FROM {table}").fetchall()[0]
        if rows != distinct:
            wrong.append(f"{table}: {rows} rows, {distinct} ids")
    shutil.rmtree(case)
    return wrong


def throughput(seconds: float) -> int:
    """Pages of real size, as fast as they come, from a plain server in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="mailwitness-bench-") as place:
        server = subprocess.Popen(
            [sys.executable, str(Path(__file__)), "serve", place], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            begin, end = datetime(2026, 3, 1), datetime(2026, 3, 1) + timedelta(days=25)
            config = Config(
                "1" * 8 + "-1111-1111-1111-" + "1" * 12,
                "2" * 8 + "-2222-2222-2222-" + "2" * 12,
                Addresses(*[f"https://127.0.0.1:{port}"] * 4),
                ca_file=Path(place) / "ca.pem",
                rates=dict.fromkeys(RATES, 1e6),
            )
            chosen = {name: feed for name, feed in feeds().items() if name.startswith("signins_")}
            connection = connect(config, secret=Secret("x"))
            folder = Path(place) / "folder"
            memory: list[tuple[float, float]] = []
            began = time.monotonic()

            def look(step: object) -> None:
                memory.append((time.monotonic() - began, _resident_mb()))
                if time.monotonic() - began > seconds:
                    raise KeyboardInterrupt

            summary = Run(folder, connection, chosen, "bench").collect(Wish(begin, end), look)
            spent = summary.seconds
            quarter = [mb for at, mb in memory if at > spent / 4]
            print(
                f"{summary.records} sign-ins in {spent:.1f} s = {summary.records / spent:.0f}/s, {summary.bytes / spent / 1e6:.0f} MB/s; "
                f"memory {memory[0][1]:.0f} MB at first, {min(quarter):.0f} to {max(quarter):.0f} MB after the first quarter; "
                f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
            )
        finally:
            server.terminate()
            server.wait()
    return 0 if summary.records / spent >= 20_000 else 1


def _resident_mb() -> float:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * resource.getpagesize() / 1e6


def serve(place: Path) -> None:
    """A server that answers any listing with pages of 1,000 sign-ins of about 1,900 bytes, 40 pages a window, without limits."""
    import asyncio
    import ssl
    from email.utils import formatdate

    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(place / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    record = {
        "id": "7d1f0c1e-0000-4a11-9c55-aa0000000001", "createdDateTime": "2026-03-01T00:59:58.1234567Z", "userPrincipalName": "ana@contoso.test",
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None}, "padding": "x" * 1500,
    }  # fmt: skip
    page = b",".join(json.dumps({**record, "id": f"7d1f0c1e-0000-4a11-9c55-{n:012d}"}).encode() for n in range(1000))
    now = formatdate(datetime(2026, 3, 26, 12).timestamp(), usegmt=True)
    port = 0
    token = json.dumps({"token_type": "Bearer", "expires_in": 3599, "access_token": "a.b.c"}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ", 2)[1].decode()
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                if length:
                    await reader.readexactly(length)
                writer.writelines(_answer(target, port, page, token, now))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        nonlocal port
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        print(port, flush=True)
        await server.serve_forever()

    asyncio.run(run())


def _answer(target: str, port: int, page: bytes, token: bytes, now: str) -> Iterator[bytes]:
    base = f"https://127.0.0.1:{port}"
    if "openid-configuration" in target:
        names = ("issuer", "authorization_endpoint", "token_endpoint")
        parts = [
            json.dumps(dict.fromkeys(names, f"{base}/{'1' * 8}-1111-1111-1111-{'1' * 12}/oauth2/v2.0/token")).encode()
        ]
    elif "/token" in target:
        parts = [token]
    elif "signIns" in target:
        number = int(target.rpartition("skiptoken=")[2]) if "skiptoken=" in target else 1
        link = f'"@odata.nextLink":"{base}/beta/auditLogs/signIns?$skiptoken={number + 1}",' if number < 40 else ""
        parts = [f"{{{link}".encode(), b'"value":[', page, b"]}"]
    else:
        parts = [b'{"value":[]}']
    yield f"HTTP/1.1 200 OK\r\nDate: {now}\r\nContent-Type: application/json\r\nContent-Length: {sum(map(len, parts))}\r\n\r\n".encode()
    yield from parts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = parser.add_subparsers(dest="word", required=True)
    one = words.add_parser("faults")
    one.add_argument("--seeds", type=int, default=200)
    one.add_argument("--first", type=int, default=1)
    words.add_parser("searches").add_argument("--seeds", type=int, default=30)
    one = words.add_parser("kills")
    one.add_argument("--kills", type=int, default=100)
    one.add_argument("--seed", type=int, default=1)
    words.add_parser("throughput").add_argument("--seconds", type=float, default=20.0)
    words.add_parser("serve").add_argument("place", type=Path)
    given = parser.parse_args()
    match given.word:
        case "faults":
            return faults(given.seeds, given.first)
        case "searches":
            return searches(given.seeds)
        case "kills":
            return kills(given.kills, given.seed)
        case "throughput":
            return throughput(given.seconds)
        case _:
            serve(given.place)
            return 0


if __name__ == "__main__":
    sys.exit(main())
