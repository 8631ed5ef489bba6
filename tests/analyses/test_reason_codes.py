"""Every reason that an analysis can give is expected by a test: a code that none names was never seen to come, or to stay away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

from mailwitness.analyses import questions, views_for

TESTS = Path(__file__).parent


def test_every_reason_code_is_named_by_a_test_of_the_analyses() -> None:
    """Codes as the SQL writes them, and the text of the tests beside this one."""
    texts = [view.sql for view in views_for(sorted({q.pillar for q in questions()}))] + [
        question.sql for question in questions()
    ]
    codes = {code for text in texts for code in _codes(text)}
    named = "".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("test_*.py")))

    assert len(codes) > 100
    assert [] == sorted(code for code in codes if code not in named)


def _codes(sql: str) -> set[str]:
    """What any column called ``code`` can be, as far as the file itself writes it out."""
    aliases = sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Alias)
    return {text for alias in aliases if alias.alias == "code" for text in _texts(alias.this)}


def _texts(value: exp.Expression | None) -> Iterator[str]:
    if isinstance(value, exp.Literal) and value.is_string:
        yield value.name
    elif isinstance(value, exp.Paren):
        yield from _texts(value.this)
    elif isinstance(value, exp.Case):
        for branch in value.args["ifs"]:
            yield from _texts(branch.args["true"])
        yield from _texts(value.args.get("default"))
