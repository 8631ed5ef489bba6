"""Daily life: what happens to the people and mailboxes of the simulated tenant when nobody attacks.

Each part adds its acts of a day: people (`person`), what arrives (`arriving`), the service itself (`background`), consented applications
(`consented`), app-only products (`products`), partners (`outsiders`), administrators (`administration`). Rates are declared in
``rates.yaml``, each with its source or as an assumption.
"""

from __future__ import annotations

from mailwitness.simulate.life.administration import planned_acts, planned_changes
from mailwitness.simulate.life.department import DepartmentLife

__all__ = ["DepartmentLife", "planned_acts", "planned_changes"]
