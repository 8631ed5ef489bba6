"""Hypothesis in the laws: few examples by default, many with ``HYPOTHESIS_PROFILE=bench``."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

_QUIET: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}
settings.register_profile("quick", max_examples=12, derandomize=True, database=None, **_QUIET)
settings.register_profile("bench", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "1500")), **_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
