"""The daily life of one department: everything that happens on a day, in the order of time."""

from __future__ import annotations

from operator import attrgetter

from mailwitness.simulate.acts import Act
from mailwitness.simulate.life.administration import AdministrationLife
from mailwitness.simulate.life.arriving import Arriving
from mailwitness.simulate.life.background import Background, internal_signins
from mailwitness.simulate.life.consented import ConsentedLife
from mailwitness.simulate.life.outsiders import OutsiderLife
from mailwitness.simulate.life.person import PersonLife
from mailwitness.simulate.life.products import ProductLife
from mailwitness.simulate.life.strangers import StrangerLife
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant import Tenant, Timeline

_order = attrgetter("at", "key")


class DepartmentLife:
    """One department, lived day by day from day 0: sessions carry their tokens, and devices what they have already seen, from day to day.

    Departments know nothing of each other, so they may be lived in any order and in any process. What belongs to the whole tenant (sign-ins of
    products and of Microsoft's own services) is department 0's.
    """

    def __init__(self, tenant: Tenant, department: int, timeline: Timeline) -> None:
        self._around = around = Surroundings(tenant, department, timeline)
        self._next = 0
        self._arriving = Arriving(around)
        self._background = Background(around)
        self._people = tuple(PersonLife(around, person) for person in around.people)
        self._consented = tuple(ConsentedLife(around, person) for person in around.people)
        self._products = tuple(ProductLife(around, key, product) for key, product in around.rates.products.items())
        self._outsiders = OutsiderLife(around)
        self._strangers = StrangerLife(around)
        self._administration = AdministrationLife(around)

    def day(self, n: int) -> list[Act]:
        """All acts of day ``n``, sorted by (at, key). Days are asked for one after another, beginning with day 0."""
        if n != self._next:
            raise ValueError(f"day {n} was asked for; the next day of this department is {self._next}")
        self._next += 1
        around = self._around
        around.acts = []
        self._arriving.day(n)
        for person in self._people:  # first, because all others find what people have deleted
            person.day(n)
        for application in self._consented:
            application.day(n)
        for product in self._products:
            product.day(n)
        self._background.day(n)
        if around.department == 0:
            internal_signins(around, n)
        self._outsiders.day(n)
        self._strangers.day(n)
        self._administration.day(n)
        around.acts.sort(key=_order)
        return around.acts
