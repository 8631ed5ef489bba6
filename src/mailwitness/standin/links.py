"""Links to next pages: what a query had when its first page was asked, kept for whoever follows the link.

A link lives for a while and then is dead. The pages after the first show what was there when the first was asked, so a record that comes in
between is in none of them. Assumption: the real life of a link is not documented; thousands of open queries push out the oldest.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from mailwitness.simulate.chance import Chance
from mailwitness.standin.terms import Terms

_KEPT = 4096


@dataclass(slots=True)
class Query:
    """One query being paged. ``key``: what was asked. ``nth``: how often that had been asked before. ``rows``: all it found."""

    key: tuple[object, ...]
    nth: int
    rows: list[Any]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Link:
    """``begin``: the index of the page's first row. ``page``: its number, counted from 1."""

    query: Query
    begin: int
    page: int
    born: float
    is_dead: bool = False


class Links:
    """All links of one stand-in."""

    def __init__(self, chance: Chance, terms: Terms) -> None:
        self._chance, self._life = chance, terms.link_lifetime_s / terms.pace
        self._links: OrderedDict[str, Link] = OrderedDict()
        self._asked: dict[tuple[object, ...], int] = {}

    def begin(self, key: tuple[object, ...], rows: list[Any], **facts: Any) -> Link:
        """The first page of a query that is asked now."""
        nth = self._asked.get(key, 0)
        self._asked[key] = nth + 1
        return Link(Query(key, nth, rows, facts), 0, 1, time.monotonic())

    def token(self, link: Link, begin: int) -> str:
        """A token for the page after this one, whose first row has that index."""
        query = link.query
        token = self._chance.bits("link", *query.key, query.nth, begin).hex()
        self._links[token] = Link(query, begin, link.page + 1, time.monotonic())
        self._links.move_to_end(token)
        if len(self._links) > _KEPT:
            self._links.popitem(last=False)
        return token

    def follow(self, token: str) -> Link | None:
        """Where a token leads; None if it is unknown or dead."""
        link = self._links.get(token)
        if link is None or link.is_dead or time.monotonic() - link.born > self._life:
            return None
        return link

    def page_of(self, token: str) -> int:
        """The number of the page that a token leads to, dead or not; 0 if it is unknown."""
        link = self._links.get(token)
        return 0 if link is None else link.page
