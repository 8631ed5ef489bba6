"""Looks the issue of captured tokens up among a case's sign-ins.

The rule of a log that is proven whole around a moment is the provenance questions': proven from an hour before the hour of issue, collected until
a day after it, and no part of that time denied by a collector.

Limits: reads the case and writes nothing; the token itself is not in any query, its identifiers are.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import duckdb

from mailwitness.tokens.issue import Issue, Sought

_FEEDS = {
    "signins_interactive": "interactive user sign-ins",
    "signins_non_interactive": "non-interactive user sign-ins",
    "signins_service_principal": "service principal sign-ins",
    "signins_managed_identity": "managed identity sign-ins",
}
_GRANTED = "coalesce(error_code IN (0, 50140, 50199), failure_reason IS NULL)"
"""50140 and 50199 interrupt a sign-in that goes on under the same request (MW-E0004)."""


FEEDS_KNOWN = """
    SELECT DISTINCT feed FROM feed_stretches WHERE valid_from <= $begins AND valid_to >= $late
    EXCEPT SELECT feed FROM feed_windows WHERE NOT is_proven AND valid_from < $ends AND valid_to > $begins"""
"""The logs that are proven whole around a time, over shared views of the analyses."""


def issue_of(connection: duckdb.DuckDBPyConnection, token: Sought) -> Issue:
    """What the case holds of one token's issue. The connection has the case's tables and the shared views."""
    by_token = "coalesce(unique_token_identifier = $token_id, FALSE) OR coalesce($signin_id IN (lower(id), unique_token_signin_id), FALSE)"
    # the unified log names a person in other ways than by the object id
    by_another = """stream IS DISTINCT FROM 'unified_audit_log' AND coalesce(lower($holder) <> lower(coalesce(service_principal_id, user_id)), FALSE)"""
    granted, to_another, refused, of_session = _row(
        connection,
        f"""SELECT count(DISTINCT coalesce(lower(id), row_id)) FILTER (({by_token}) AND {_GRANTED}),
                   count(DISTINCT coalesce(lower(id), row_id)) FILTER (({by_token}) AND {_GRANTED} AND {by_another}),
                   count(DISTINCT coalesce(lower(id), row_id)) FILTER (({by_token}) AND NOT {_GRANTED}),
                   count(DISTINCT coalesce(lower(id), row_id)) FILTER (lower(session_id) = lower($session_id) AND {_GRANTED})
            FROM signins""",
        token_id=token.token_id,
        signin_id=token.signin_id,
        session_id=token.session_id,
        holder=token.holder,
    )
    (app_signins,) = _row(
        connection,
        """SELECT count(*) FROM signins
           WHERE stream IN ('service_principal', 'managed_identity') AND lower(app_id) = lower($app)""",
        app=token.app,
    )
    tenants = connection.execute(
        """SELECT DISTINCT lower(organization_id) FROM audit_events WHERE organization_id IS NOT NULL
           UNION SELECT DISTINCT lower(resource_tenant_id) FROM signins
           WHERE resource_tenant_id IS NOT NULL AND lower(cross_tenant_access_type) = 'none'"""
    ).fetchall()
    unproven, without_token = _logs_around(connection, token)
    return Issue(
        granted=granted,
        to_another=to_another,
        refused=refused,
        of_session=of_session,
        unproven=unproven,
        without_token=without_token,
        tenants=frozenset(tenant for (tenant,) in tenants),
        is_app_logged=app_signins > 0,
    )


def _logs_around(connection: duckdb.DuckDBPyConnection, token: Sought) -> tuple[tuple[str, ...], int]:
    """The sign-in logs that are not proven whole around the issue, and the sign-ins around it that name no token."""
    if token.issued is None:
        return tuple(_FEEDS.values()), 0
    hour = token.issued.astimezone(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    begins, ends = hour - timedelta(hours=1), hour + timedelta(hours=2)
    whole = connection.execute(
        FEEDS_KNOWN,
        {"begins": begins, "ends": ends, "late": hour + timedelta(hours=25)},
    ).fetchall()
    (without_token,) = _row(
        connection,
        f"""SELECT count(*) FROM signins
            WHERE coalesce(stream, '') <> 'unified_audit_log'
              AND ((time >= $begins AND time < $ends AND unique_token_identifier IS NULL AND {_GRANTED})
                   OR (time >= $day_before AND time < $day_after AND sign_ins_grouped > 1))""",
        begins=begins,
        ends=ends,
        day_before=hour - timedelta(days=1),
        day_after=hour + timedelta(days=2),
    )
    proven = {feed for (feed,) in whole}
    return tuple(title for feed, title in _FEEDS.items() if feed not in proven), without_token


def _row(connection: duckdb.DuckDBPyConnection, sql: str, **values: Any) -> tuple[Any, ...]:
    found = connection.execute(sql, values).fetchone()
    assert found is not None  # an aggregate gives a row
    return found
