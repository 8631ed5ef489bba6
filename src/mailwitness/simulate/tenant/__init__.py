"""Who and what there is in the simulated tenant: people, mailboxes, places, devices, applications, sessions, mail, settings over time.

Everything is a pure function of the options: any process may ask any question in any order and gets the same answer.
Shares and names are declared in this folder's YAML files, each with its source or marked as an assumption.
"""

from __future__ import annotations

from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.tenant.tenant import Tenant, build
from mailwitness.simulate.tenant.timeline import BEGINNING, FOREVER, Timeline

__all__ = ["BEGINNING", "FOREVER", "Policy", "Tenant", "Timeline", "build"]
