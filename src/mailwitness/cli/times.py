"""Times as a person gives them: ISO 8601, without an offset meaning UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from mailwitness.errors import UsageError


def given_time(text: str | None, option: str) -> datetime | None:
    """The instant as UTC without zone, as the tables hold it; None when the option was not given."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text.strip())
        return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text!r} is not an ISO 8601 time. Write 2026-03-02, 2026-03-02T09:15 (UTC) or 2026-03-02T11:15+02:00."
        ) from None
