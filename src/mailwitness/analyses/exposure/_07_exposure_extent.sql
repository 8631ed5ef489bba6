/*
row: >
  one mailbox and actor, with the time its statement is about: the time asked for, else from the first to the last access
  recorded. When something was asked for and nothing is recorded, one row says so with no accesses.
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
)
SELECT
    mailbox, actor, actor_kind, accessed_as, is_background, doubted, service_doubt, user_id, first_time, last_time,
    COALESCE($time_from, first_time) AS time_from, COALESCE($time_to, last_time) AS time_to,
    accesses, binds, syncs, throttled, throttling_unsaid, undated, an_unsaid_access
FROM presence
UNION ALL
SELECT
    LOWER(CAST($mailbox AS TEXT)), CAST($actor AS TEXT), NULL, NULL, FALSE, 0, NULL, NULL, NULL, NULL,
    $time_from, $time_to, 0, 0, 0, 0, 0, 0, NULL
WHERE ($mailbox IS NOT NULL OR $actor IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM presence)
