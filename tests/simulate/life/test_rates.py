"""The declared rates: every part says where its figures come from."""

from __future__ import annotations

import re
from importlib.resources import files

import msgspec
import pytest
import yaml

from mailwitness.simulate.life.declared import Rates, rates
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import build

TEXT = files("mailwitness.simulate").joinpath("rates.yaml").read_text("utf-8")


def test_every_part_names_a_source_or_an_assumption() -> None:
    """Within each part of the file or the comment before it stands a named source, a link, or the word assumption."""
    named = re.findall(r"^#   ([a-z0-9-]+) +https", TEXT, re.MULTILINE)
    parts = re.split(r"\n\n", TEXT)[1:]

    assert 8 == len(named)
    words = re.compile("|".join(["[Aa]ssumption", "https://", *named]))
    assert [] == [part.splitlines()[0] for part in parts if not words.search(part)]


def test_an_unknown_rate_is_refused_by_name() -> None:
    """A misspelt key fails and is named."""
    raw = yaml.safe_load(TEXT) | {"wekends": 1}

    with pytest.raises(msgspec.ValidationError, match="wekends"):
        msgspec.convert(raw, Rates)


def test_rates_name_what_the_tenant_has() -> None:
    """Applications, clients and kinds of clients exist, and shares of one choice sum to 1."""
    tenant, known = build(Options(mailboxes=10, days=1)), rates()
    apps = [
        *known.background.apps,
        *known.consented.apps,
        *known.products,
        *known.sign_in.also_for,
        *known.sign_in.elsewhere,
    ]
    clients = [*known.consented.apps.values(), *(product.client for product in known.products.values())]

    assert [] == [key for key in apps if key not in tenant.apps]
    assert [] == [key for key in clients if key not in tenant.clients]
    assert [] == [key for key in known.strangers.clients if key not in tenant.clients]
    for shares in (known.background.apps, known.strangers.clients, known.strangers.codes):
        assert 1.0 == pytest.approx(sum(shares.values()))
