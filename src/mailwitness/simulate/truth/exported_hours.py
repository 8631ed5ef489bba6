"""What the exports hold of what was recorded, hour by hour: the third layer of coverage.

An export loses mail accesses by time (retention, a search's cap, records that arrive after the collection) or at random. So the mail
accesses of the whole tenant tell for every hour whether the record of a further access would be in a file: ``recorded`` when the files hold
all but `TOLERATED` of that hour's recorded accesses, ``blind`` when they hold none, else ``degraded``. An hour without recorded accesses
gets the worse of the nearest hours before and after that have some. With random loss no hour is ``recorded``.

Limits: a file that cuts one record off tells nothing of the other records of its hour; the tolerance is for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwitness.simulate.world import MS_PER_HOUR

TOLERATED = 0.01
"""Share of an hour's recorded accesses that may be missing in the exports while the hour counts as recorded."""

WORSE = ("recorded", "degraded", "blind")
"""States from the best to the worst."""


def worse(one: str, other: str) -> str:
    """The worse of two states."""
    return WORSE[max(WORSE.index(one), WORSE.index(other))]


def exported_stretches(
    counts: Mapping[int, tuple[int, int]], begin: int, end: int, lossy: bool
) -> list[tuple[int, int, str]]:
    """(from, to, state) from begin to end without gaps. ``counts``: hour since 1970 → accesses recorded, and those that a file holds."""
    if lossy:
        return [(begin, end, "degraded")]
    first, last = begin // MS_PER_HOUR, -(-end // MS_PER_HOUR)
    known = {hour: _state(*counts[hour]) for hour in range(first, last) if counts.get(hour, (0, 0))[0] > 0}
    before, after = _filled(known, range(first, last)), _filled(known, range(last - 1, first - 1, -1))
    made: list[tuple[int, int, str]] = []
    for hour in range(first, last):
        sides = [side[hour] for side in (before, after) if hour in side]
        state = worse(sides[0], sides[-1]) if sides else "recorded"
        since, until = max(begin, hour * MS_PER_HOUR), min(end, (hour + 1) * MS_PER_HOUR)
        if made and made[-1][2] == state:
            made[-1] = (made[-1][0], until, state)
        else:
            made.append((since, until, state))
    return made


def within(stretches: list[tuple[int, int, str]], begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The parts of the stretches that lie between begin and end."""
    for since, until, state in stretches:
        if since < end and until > begin:
            yield max(since, begin), min(until, end), state


def _state(recorded: int, exported: int) -> str:
    if exported == 0:
        return "blind"
    return "recorded" if recorded - exported <= TOLERATED * recorded else "degraded"


def _filled(known: Mapping[int, str], hours: range) -> dict[int, str]:
    """For each hour the state of the last hour, in this order, of which it is known."""
    filled: dict[int, str] = {}
    last: str | None = None
    for hour in hours:
        last = known.get(hour, last)
        if last is not None:
            filled[hour] = last
    return filled
