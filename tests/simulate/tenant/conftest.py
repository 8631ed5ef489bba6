"""A small tenant for these tests: three departments, so that mail crosses between them."""

from __future__ import annotations

import pytest

from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, build

OPTIONS = Options(seed=7, mailboxes=90, days=60)


@pytest.fixture(scope="session")
def tenant() -> Tenant:
    return build(OPTIONS)
