/*
row: >
  one mailbox and actor, with the time its statement is about: the time asked for, else all the time that the case's audit records
  span, for an actor may have been there before its first recorded access and after its last. When something was asked for and nothing is recorded, one row says so with no accesses.
kept: true
*/
WITH presence AS (
    SELECT
        mailbox, actor, MIN(actor_kind) AS actor_kind,
        CASE WHEN MIN(COALESCE(accessed_as, '')) = MAX(COALESCE(accessed_as, '')) THEN MIN(accessed_as) END AS accessed_as,
        BOOL_AND(is_background) AS is_background,
        CASE WHEN MIN(COALESCE(user_id, '')) = MAX(COALESCE(user_id, '')) THEN MIN(user_id) END AS user_id,
        CAST(SUM(doubted) AS BIGINT) AS doubted, MIN(service_doubt) AS service_doubt,
        MIN(first_time) AS first_time, MAX(last_time) AS last_time,
        CAST(SUM(accesses) AS BIGINT) AS accesses, CAST(SUM(binds) AS BIGINT) AS binds, CAST(SUM(syncs) AS BIGINT) AS syncs,
        CAST(SUM(throttled) AS BIGINT) AS throttled, CAST(SUM(throttling_unsaid) AS BIGINT) AS throttling_unsaid,
        CAST(SUM(undated) AS BIGINT) AS undated,
        MIN(an_unsaid_access) AS an_unsaid_access
    FROM exposure_presence
    GROUP BY mailbox, actor
),
period AS (
    SELECT MIN(time) AS first_record, MAX(time) AS last_record FROM audit_events
)
SELECT
    mailbox, actor, actor_kind, accessed_as, is_background, doubted, service_doubt, user_id, first_time, last_time,
    COALESCE($time_from, period.first_record, first_time) AS time_from, COALESCE($time_to, period.last_record, last_time) AS time_to,
    accesses, binds, syncs, throttled, throttling_unsaid, undated, an_unsaid_access
FROM presence
CROSS JOIN period
UNION ALL
SELECT
    LOWER(CAST($mailbox AS TEXT)), CAST($actor AS TEXT), NULL, NULL, FALSE, 0, NULL, NULL, NULL, NULL,
    COALESCE($time_from, period.first_record), COALESCE($time_to, period.last_record), 0, 0, 0, 0, 0, 0, NULL
FROM period
WHERE ($mailbox IS NOT NULL OR $actor IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM presence)
