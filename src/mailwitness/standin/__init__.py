"""A stand-in for the services that Microsoft 365 collectors ask: for testing any of them, over real sockets and TLS, with every fault known.

    with StandIn("tenant", faults=["F1", "F7=0.1"], terms=Terms(pace=100)) as standin:
        collect(standin.addresses, standin.ca_file, standin.client_id, standin.client_secret)
        assert standin.holds["signins_interactive"].keys() == what_came

It serves what `mailwitness simulate --formats tenant` wrote and is written from the public documentation, knowing nothing of our collector.
"""

from mailwitness.standin.faults import FAULTS, Fault, parse_faults
from mailwitness.standin.server import StandIn
from mailwitness.standin.terms import PERMISSIONS, Terms
from mailwitness.standin.world import Addresses, Served

__all__ = ["FAULTS", "PERMISSIONS", "Addresses", "Fault", "Served", "StandIn", "Terms", "parse_faults"]
