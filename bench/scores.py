"""How the findings fare against simulated tenants: every scenario, four coverages, any number of seeds.

    python bench/scores.py [--seeds 1] [--first-seed 1] [--mailboxes 100] [--days 21] [--coverages full,loss20,…] [--kept FILE] [--docs docs/scores.md]

Each run is three commands: ``simulate``, ``investigate``, ``score``. Scenarios are spread over a few tenants, so that each finds its people.
The rows of all seeds are added up. Ends with 1 when anything is wrong, and names it. ``--kept`` holds the score of every tenant as a line, so that a
long measurement can be stopped and goes on where it was; it must belong to one version of the code.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

TENANTS: dict[str, tuple[str, list[str]]] = {
    "attacks by token": ("G1,G2,G3,G4,G5,G7,G8,G16", []),
    "attacks by setting and app": ("G6,G9,G10,G11,G12,G13,G14,G15", []),
    "benign hard cases": ("B1,B2,B3,B4,B5,B6", []),
    "basic authentication": ("G8,G9", ["--start", "2022-06-06"]),
}
COVERAGES = ("full", "unified-only", "no-noninteractive", "loss20")
OUTCOMES = ("subjects", "right", "wrong", "undecidable_rightly", "undecidable_though_decidable")


def run(arguments: list[str]) -> dict[str, Any]:
    """One command's JSON. Exit codes 0, 1 (findings, or something wrong) and 4 (incomplete, as with lost records) are answers."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from mailwitness.cli import main; sys.exit(main())", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1, 4):
        raise SystemExit(f"mailwitness {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(
    folder: Path, seed: int, coverage: str, scenarios: str, more: list[str], size: list[str]
) -> dict[str, Any]:
    """The score of one tenant, whose files are gone afterwards."""
    out = folder / "tenant"
    run(["simulate", str(out), "--scenario", scenarios, "--coverage", coverage, "--seed", str(seed), *size, *more])
    run(["investigate", str(out / "exports"), "--case", str(out / "case"), "--collected-for", "all-users"])
    found = run(["score", str(out / "case"), str(out / "truth")])
    ids = ", ".join(f"'{error['finding_id']}'" for error in found["errors"] if error["finding_id"])
    codes = f"""SELECT finding_id, string_agg(DISTINCT code, ', ' ORDER BY code) FROM reasons
        WHERE stance = 'open' AND finding_id IN ({ids or "''"}) GROUP BY finding_id"""
    open_reasons = dict(run(["sql", str(out / "case"), codes])["rows"])
    for error in found["errors"]:
        error["reasons"] = open_reasons.get(error["finding_id"], "none")
    shutil.rmtree(out)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--mailboxes", type=int, default=100)
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--coverages", default=",".join(COVERAGES))
    parser.add_argument("--tenants", default=",".join(TENANTS))
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args()
    size = ["--mailboxes", str(given.mailboxes), "--days", str(given.days)]
    totals: dict[tuple[str, str, str, str], Counter[str]] = {}
    left: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    begin = time.monotonic()
    kept: dict[tuple[int, str, str], dict[str, Any]] = {}
    if given.kept is not None and given.kept.exists():
        for line in given.kept.read_text(encoding="utf-8").splitlines():
            seed, coverage, tenant, score = json.loads(line)
            kept[seed, coverage, tenant] = score
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(given.first_seed, given.first_seed + given.seeds):
            for coverage in given.coverages.split(","):
                for tenant in given.tenants.split(","):
                    scenarios, more = TENANTS[tenant]
                    found = kept.get((seed, coverage, tenant)) or measured(
                        Path(scratch), seed, coverage, scenarios, more, size
                    )
                    if given.kept is not None and (seed, coverage, tenant) not in kept:
                        with given.kept.open("a", encoding="utf-8") as file:
                            file.write(json.dumps([seed, coverage, tenant, found]) + "\n")
                    for row in found["claims"]:
                        if row["asked"]:
                            key = (row["pillar"], row["claim"], coverage, row["scenario"] or "daily life")
                            totals.setdefault(key, Counter()).update({name: row[name] for name in OUTCOMES})
                    for error in found["errors"]:
                        if error["outcome"] == "undecidable_though_decidable":
                            left.setdefault(error["claim"], Counter())[error["reasons"]] += 1
                        if error["outcome"] == "wrong":
                            wrong.append(
                                f"seed {seed}, {coverage}, {tenant}: {error['scenario']}: {error['claim']}: {error['why']}"
                            )
                    print(
                        f"{time.monotonic() - begin:7.0f} s  seed {seed}  {coverage}  {tenant}",
                        file=sys.stderr,
                        flush=True,
                    )
    text = page(totals, left, given)
    print(text)
    if given.docs is not None:
        given.docs.write_text(text, encoding="utf-8")
    for line in wrong[:50]:
        print("wrong:", line, file=sys.stderr)
    return 1 if wrong else 0


def page(
    totals: dict[tuple[str, str, str, str], Counter[str]], left: dict[str, Counter[str]], given: argparse.Namespace
) -> str:
    """The score as a page: a table for each claim, a row for each coverage and scenario."""
    last = given.first_seed + given.seeds - 1
    parts = [
        "<!-- Made by bench/scores.py. -->\n\n# Scores\n\n",
        "The findings of cases made from [simulated tenants](simulator.md), held against [their truth](truth.md). ",
        f"Seeds {given.first_seed} to {last}, {given.mailboxes} mailboxes, {given.days} days. *Wrong* is a decided verdict against the truth; an ",
        "undecidable one is apart by whether the exports held what decides it. What is counted are subjects: messages, sign-ins, tokens; ",
        "for coverage, hours of mailboxes.\n\n",
        (
            f"```\npython bench/scores.py --seeds {given.seeds} --first-seed {given.first_seed} --mailboxes {given.mailboxes} --days {given.days} "
            "--docs docs/scores.md\n```\n\n## All scenarios together\n\n"
        ),
        "| claim | logs | subjects | right | wrong | undecidable rightly | undecidable though decidable |\n|---|---|---:|---:|---:|---:|---:|\n",
    ]
    together: dict[tuple[str, str, str], Counter[str]] = {}
    for (pillar, claim, coverage, _), counted in totals.items():
        together.setdefault((pillar, claim, coverage), Counter()).update(counted)
    for (_, claim, coverage), counted in sorted(together.items(), key=lambda k: (k[0][:2], COVERAGES.index(k[0][2]))):
        if counted["subjects"]:
            share = {name: f"{counted[name] / counted['subjects']:.2%}" for name in OUTCOMES[1:]}
            if counted["wrong"]:
                share["wrong"] = f"{counted['wrong']:,.1f} ({counted['wrong'] / counted['subjects']:.4%})"
            shares = " | ".join(share.values())
            parts.append(f"| {claim} | {coverage} | {counted['subjects']:,.0f} | {shares} |\n")
    for pillar, claim in sorted({key[:2] for key in totals}):
        parts.append(
            f"\n## {claim.capitalize()}\n\nPillar: {pillar}.\n\n| logs | scenario | subjects | right | wrong | undecidable rightly | "
            "undecidable though decidable |\n|---|---|---:|---:|---:|---:|---:|\n"
        )
        for key in sorted(
            totals,
            key=lambda k: (
                COVERAGES.index(k[2]),
                k[3] != "daily life",
                k[3][:1],
                int(k[3][1:]) if k[3][1:].isdigit() else 0,
            ),
        ):
            if key[:2] == (pillar, claim) and totals[key]["subjects"]:
                counts = " | ".join(f"{totals[key][name]:,.0f}" for name in OUTCOMES)
                parts.append(f"| {key[2]} | {key[3]} | {counts} |\n")
        kinds = left.get(claim, Counter())
        if kinds:
            parts.append(
                "\nLeft open although the exports decide it, by the reasons that findings give (at most 100 findings of a tenant and scenario are counted):\n\n"
            )
            parts += [
                f"- {count:,} × {reasons}\n"
                for reasons, count in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))[:12]
            ]
            others = sum(sorted(kinds.values(), reverse=True)[12:])
            parts.append(f"- {others:,} × other combinations\n" if others else "")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
