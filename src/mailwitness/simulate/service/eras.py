"""Which shape a record has at its date. The dates are assumptions between public records; rates.yaml names them.

Whoever simulates 2021 gets records as of 2021: no identifiers that link a mail access to its sign-in, items with nothing but their
message id, token identifiers of 48 characters.
"""

from __future__ import annotations

from functools import cache

import msgspec

from mailwitness.simulate.service.declared import dates
from mailwitness.simulate.service.identifiers import long_token_identifier, token_identifier


class Era(msgspec.Struct, frozen=True, gc=False):
    """The shape of records in [valid_from, valid_to). Each flag is a date of rates.yaml (eras) that has passed."""

    valid_from: int
    valid_to: int
    item_size: bool
    app_access_context: bool
    item_id: bool
    immutable_id: bool
    is_throttled_optional: bool
    linkable_ids: bool
    item_time: bool
    short_token_identifier: bool
    signin_session_id: bool
    attachment_access: bool
    admin_context: bool

    def token_identifier(self, request_id: str) -> str:
        """A request id in the writing of this era."""
        return token_identifier(request_id) if self.short_token_identifier else long_token_identifier(request_id)


@cache
def eras() -> tuple[Era, ...]:
    """All eras, the oldest first; together they cover all of time."""
    since = dates("eras")
    starts = sorted({0, *since.values()})
    ends = [*starts[1:], 2**62]
    return tuple(
        Era(start, end, **{name: begin <= start for name, begin in since.items()})
        for start, end in zip(starts, ends, strict=True)
    )


def era_at(at: int) -> Era:
    """The era of a moment."""
    return next(era for era in reversed(eras()) if era.valid_from <= at)
