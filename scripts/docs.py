"""Write the pages of the docs that are made from the code: tables, formats, questions, errata, scenarios.

``python scripts/docs.py`` writes them, ``--check`` says which are out of date and ends with 1. A test runs the check.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from pathlib import Path
from types import ModuleType

import mailwitness.records
import mailwitness.sources
from mailwitness.analyses import questions, views
from mailwitness.errata import catalogue
from mailwitness.model.tables import COMMON, TABLES, Kind
from mailwitness.simulate.options import COVERAGES
from mailwitness.simulate.staging import Scenario, scenarios
from mailwitness.simulate.staging.reading import fields_of
from mailwitness.simulate.staging.steps import kinds
from mailwitness.simulate.staging.values import UNITS, Span

DOCS = Path(__file__).parents[1] / "docs"
MADE = "<!-- Made by scripts/docs.py; change the code and run it again. -->\n\n"

KINDS: dict[Kind, str] = {
    "event": "Event tables: distinct vendor records, or their parts",
    "built": "Built tables: computed from event tables, settings as validity intervals",
    "register": "Register tables: what the case knows of its evidence",
    "answer": "Answer tables: findings",
}


def tables_page() -> str:
    """Every table and column, in the order of the model."""
    parts = [
        MADE,
        "# Tables\n\n",
        "Columns are the vendor's names in snake_case. Null always means unknown, never false. Times are UTC. ",
        'Read them with `mailwitness sql CASE "SELECT …"`, or open the Parquet files of the case in any other tool.\n',
    ]
    common = [column.name for column in COMMON]
    for kind, title in KINDS.items():
        parts.append(f"\n## {title}\n")
        for table in TABLES.values():
            if table.kind != kind:
                continue
            parts.append(f"\n### {table.name}\n\nOne row is {table.row}.\n\n| column | type | note |\n|---|---|---|\n")
            parts += [f"| `{column.name}` | {column.type} | {_cell(column.note)} |\n" for column in table.columns]
    parts.append(f"\nThe columns {', '.join(f'`{name}`' for name in common)} mean the same in every event table.\n")
    return "".join(parts)


def formats_page() -> str:
    """What every reader says of its format and every family of its records."""
    parts = [
        MADE,
        "# Formats\n\n",
        "Files are recognised by their content, never by their name alone. Each entry is what the reader says of its format. ",
        "`--reader ID` reads a file as that format whatever it looks like.\n\n## Export formats\n",
    ]
    for module in modules(mailwitness.sources, "READER"):
        shapes = ", ".join(sorted(module.READER.shapes))
        parts.append(f"\n### {module.READER.id}\n\n{_prose(module)}\n\nLayout: {shapes}.\n")
    parts.append(
        "\n## Record families\n\nThe same record comes in many wrappings. A family types it once, whatever it came in.\n"
    )
    for module in modules(mailwitness.records, "FAMILY"):
        tables = ", ".join(f"`{name}`" for name in (module.FAMILY.primary, *sorted(module.FAMILY.derived)))
        parts.append(f"\n### {module.FAMILY.id}\n\n{_prose(module)}\n\nTables: {tables}.\n")
    return "".join(parts)


def questions_page() -> str:
    """What every analysis says of its question, then the views that they share."""
    parts = [MADE, "# Questions\n\n", "Each is one SQL file. `mailwitness ask CASE QUESTION` asks it by its name.\n"]
    for question in questions():
        parts.append(
            f"\n## {question.name}\n\n{question.question}\n\nClaim: {question.claim}. Subject: {question.subject_kind}.\n"
        )
        parts.append(f"\nNulls: {question.nulls}\n\nSources:\n\n")
        parts += [f"- {_linked(source)}\n" for source in question.sources]
    for pillar in sorted({question.pillar for question in questions()}):
        parts.append(f"\n## Views of {pillar}\n\n| view | one row is |\n|---|---|\n")
        parts += [f"| `{view.name}` | {_cell(view.row)} |\n" for view in views(pillar)]
    return "".join(parts)


def errata_page() -> str:
    """Every known defect of the logs, by its number."""
    parts = [
        MADE,
        "# Errata of the logs\n\n",
        "Known defects of Microsoft 365 logs themselves. The numbers are stable and may be cited. `mailwitness errata --case CASE` lists ",
        "those that apply to a case; the report does the same. That a log has no entry here does not mean that it is right.\n\n",
        "established: told by the vendor and others. documented: in the vendor's documentation. observed: counted in public data. ",
        "reported: told by one party or by news.\n\n| erratum | log | effect | what |\n|---|---|---|---|\n",
    ]
    parts += [
        f"| [{one.id}](#{one.id.lower()}) | {one.log} | {one.effect} | {_cell(one.title)} |\n" for one in catalogue()
    ]
    for one in catalogue():
        parts.append(f"\n## {one.id}\n\n**{one.title}.** {one.condition}\n\n- How to see it: {one.recognise}\n")
        if one.doubt is not None:
            parts.append(f"- Doubt: {one.doubt}\n")
        window = f"{one.window_from or '…'} to {one.window_to or '…'}" if one.window_from or one.window_to else "none"
        parts.append(
            f"- Window: {window}. Qualifies: {', '.join(one.claims)}. {one.confidence.capitalize()}, looked at on {one.checked}.\n"
        )
        parts.append(f"- Sources: {'; '.join(map(_linked, one.sources))}\n")
        if one.sql:
            parts.append(f"\n```sql\n{one.sql}\n```\n")
    return "".join(parts)


def scenarios_page() -> str:
    """Every scenario of the simulated tenant, and what a scenario file may hold."""
    parts = [
        MADE,
        "# Scenarios of the simulated tenant\n\n",
        "`mailwitness simulate OUT --scenario G8,G2` stages attacks (G) and hard benign cases (B) in the tenant. A value of a parameter follows ",
        "its scenario after a colon: `G8:users=6`, `G7:mailboxes=2:days=14`. Together they have victims of their own. A long scenario ",
        "shrinks by itself in a tenant with few days, so that a third of the days stays ordinary; a value that you give stays.\n\n",
        "What an attacker really obtained is nowhere declared: it follows from the acts, and the [truth files](truth.md) hold it. The expected ",
        "verdicts below are documentation; a score is taken from the truth. `none` means that no such subject is in the evidence. ",
        "G16 needs the extra `tokens`.\n\n| scenario | what |\n|---|---|\n",
    ]
    parts += [f"| [{one.id}](#{one.id.lower()}) | {_cell(one.head.title)} |\n" for one in scenarios().values()]
    for one in scenarios().values():
        parts.extend(_scenario(one))
    parts.append(
        "\n## Write a scenario\n\nA scenario is one YAML file in `src/mailwitness/simulate/scenarios/`. Its keys are the fields of `ScenarioHead` in "
        "`simulate/staging/scenario.py`, and `steps`; each step has `step`, `what`, `after`, `do`, perhaps `only`, and the keys of its kind. A mistake is told with "
        "file, key, what was found and what is allowed. These are the kinds:\n"
    )
    for name, kind in kinds().items():
        module = inspect.getmodule(kind)
        assert module is not None
        keys = ", ".join(f"`{key}`" for key in fields_of(kind))
        parts.append(
            f"\n### {name}\n\n{_prose(module)}\n\nKeys: {keys}. {' '.join((kind.__doc__ or '').split())}\n".replace(
                "``", "`"
            )
        )
    return "".join(parts)


def _scenario(one: Scenario) -> list[str]:
    head = one.head
    parts = [f"\n## {one.id}\n\n**{head.title}.** {' '.join(head.story.split())}\n\n"]
    if head.parameters:
        parts.append("| parameter | what | default | may be |\n|---|---|---|---|\n")
        for name, parameter in head.parameters.items():
            may_be = ", ".join(parameter.values) or f"{parameter.least} to {parameter.most} {parameter.unit}"
            parts.append(f"| `{name}` | {_cell(parameter.what)} | {parameter.default.value} | {may_be} |\n")
        parts.append("\n")
    parts.append("| after | step | what happens |\n|---|---|---|\n")
    for step in one.steps:
        only = "" if step.head.only == "always" else f" ({step.head.only})"
        parts.append(f"| {_span(step.head.after)} | `{step.head.step}`{only} | {_cell(step.head.what)} |\n")
    parts.append(f"\n| pillar | claim, of what | {' | '.join(COVERAGES)} |\n|---|---|{'---|' * len(COVERAGES)}\n")
    for claim in head.expected:
        verdicts = " | ".join(claim.verdicts[coverage] for coverage in COVERAGES)
        parts.append(f"| {claim.pillar} | {_cell(claim.claim)}: {_cell(claim.subject)} | {verdicts} |\n")
    parts.append("\n")
    parts += [f"{' '.join(claim.why.split())}\n\n" for claim in head.expected if claim.why]
    if head.limits:
        parts.append(f"Limits: {' '.join(head.limits.split())}\n\n")
    parts.append(f"Sources: {'; '.join(map(_linked, head.sources))}\n")
    return parts


def _span(span: Span) -> str:
    """A span of time as it stands in the file."""
    terms = []
    for number, parameter in span.terms:
        if parameter:
            terms.append(f"`{parameter}`" if number == 1 else f"{number:.0%} of `{parameter}`")
        else:
            unit = next(unit for unit in ("d", "h", "m", "s") if number % UNITS[unit] == 0)
            terms.append(f"{number / UNITS[unit]:.0f}{unit}")
    return "at once" if terms == ["0d"] else " + ".join(terms)


def modules(package: ModuleType, attribute: str) -> list[ModuleType]:
    """The package's modules that have the attribute, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if not found.ispkg)
    loaded = (importlib.import_module(f"{package.__name__}.{name}") for name in names)
    return [module for module in loaded if hasattr(module, attribute)]


def _prose(module: ModuleType) -> str:
    """A module's docstring as Markdown: labels in bold, sources as a list of links."""
    text = inspect.getdoc(module) or ""
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    text = re.sub(r"\n {2,}+(?!- )", " ", text)  # a continued line belongs to what it continues
    text = re.sub(r"^(Clock|Limits|Sources|Nulls):", r"\n**\1:**", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*- (.*)$", lambda item: f"- {_linked(item.group(1))}", text, flags=re.MULTILINE)
    return re.sub(r"(\*\*Sources:\*\*)\n", r"\1\n\n", re.sub(r"\n{3,}", "\n\n", text)).strip()


def _linked(text: str) -> str:
    return re.sub(r"(?<![<(])(https?://[^\s)>,;]+)", r"<\1>", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


PAGES = {
    "tables.md": tables_page,
    "formats.md": formats_page,
    "questions.md": questions_page,
    "errata.md": errata_page,
    "scenarios.md": scenarios_page,
}


def out_of_date() -> list[str]:
    """The pages whose committed text is not what the code says."""
    return [
        name for name, page in PAGES.items() if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != page()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` only tell."""
    stale = out_of_date()
    for name in stale:
        if "--check" in arguments:
            print(f"docs/{name} is out of date: python scripts/docs.py")
        else:
            (DOCS / name).write_text(PAGES[name](), "utf-8")
            print(f"docs/{name} written")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
