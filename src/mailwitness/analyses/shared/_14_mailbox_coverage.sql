/*
row: >
  one mailbox and stretch of time in which all that is known of the recording of its accesses stays the same. Each thing is proven,
  denied or unknown. state: blind (nothing of that time can be in this case), degraded (some kinds of access would be missing),
  recorded (every kind would be recorded and is in this case), unknown. The stretches of a mailbox have no gap: from the first record or
  window of the unified log to the last, or a day and an hour around the time asked for (what an act can lead to within a day is asked too). A doubt that nothing denies or settles makes its thing unknown: of the collection
  `collected`, of throttling `no_throttling_inferred`; not_silent is denied on a day that breaks the mailbox's own rhythm, which decides nothing.
nulls: unknown is a word here, never a null; a conflict (proven and denied at once) is unknown.
kept: true
*/
WITH period AS (
    SELECT
        COALESCE($time_from - INTERVAL '25' HOUR, MIN(valid_from)) AS time_from, COALESCE($time_to + INTERVAL '25' HOUR, MAX(valid_to)) AS time_to
    FROM (
        SELECT MIN(time) AS valid_from, MAX(time) + INTERVAL '1' SECOND AS valid_to FROM audit_events
        UNION ALL
        SELECT MIN(valid_from) AS valid_from, MAX(valid_to) AS valid_to FROM feed_windows WHERE feed = 'unified_audit_log'
    ) AS ends
),
facts AS (
    SELECT f.mailbox, f.thing, f.is_proven, GREATEST(f.valid_from, p.time_from) AS valid_from, LEAST(f.valid_to, p.time_to) AS valid_to
    FROM coverage_facts AS f
    CROSS JOIN period AS p
    WHERE f.valid_from < p.time_to AND f.valid_to > p.time_from
),
points AS (
    SELECT mailbox, valid_from AS moment FROM facts
    UNION
    SELECT mailbox, valid_to AS moment FROM facts
    UNION
    SELECT f.mailbox, p.time_from AS moment FROM (SELECT DISTINCT mailbox FROM coverage_facts) AS f CROSS JOIN period AS p
    UNION
    SELECT f.mailbox, p.time_to AS moment FROM (SELECT DISTINCT mailbox FROM coverage_facts) AS f CROSS JOIN period AS p
),
slots AS (
    SELECT mailbox, moment, LEAD(moment) OVER (PARTITION BY mailbox ORDER BY moment) AS valid_to
    FROM points
    WHERE moment IS NOT NULL
),
known AS (
    SELECT
        s.mailbox, s.moment, f.thing, CASE WHEN BOOL_AND(f.is_proven) THEN 'proven' WHEN BOOL_OR(f.is_proven) THEN 'unknown' ELSE 'denied' END AS said
    FROM slots AS s
    JOIN facts AS f ON f.mailbox = s.mailbox AND f.valid_from <= s.moment AND f.valid_to > s.moment
    WHERE s.valid_to IS NOT NULL
    GROUP BY s.mailbox, s.moment, f.thing
),
wide AS (
    SELECT
        s.mailbox, s.moment, s.valid_to,
        COALESCE(MAX(CASE WHEN k.thing = 'collected' THEN k.said END), 'unknown') AS collected,
        COALESCE(MAX(CASE WHEN k.thing = 'ingestion_on' THEN k.said END), 'unknown') AS ingestion_on,
        COALESCE(MAX(CASE WHEN k.thing = 'auditing_on' THEN k.said END), 'unknown') AS auditing_on,
        COALESCE(MAX(CASE WHEN k.thing = 'entitled' THEN k.said END), 'unknown') AS entitled,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_owner' THEN k.said END), 'unknown') AS audited_owner,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_delegate' THEN k.said END), 'unknown') AS audited_delegate,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_admin' THEN k.said END), 'unknown') AS audited_admin,
        COALESCE(MAX(CASE WHEN k.thing = 'not_bypassed' THEN k.said END), 'unknown') AS not_bypassed,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_kind' THEN k.said END), 'proven') AS audited_kind,
        COALESCE(MAX(CASE WHEN k.thing = 'owner_recorded' THEN k.said END), 'proven') AS owner_recorded,
        COALESCE(MAX(CASE WHEN k.thing = 'no_account_bypassed' THEN k.said END), 'proven') AS no_account_bypassed,
        COALESCE(MAX(CASE WHEN k.thing = 'bypass_may_last' THEN 'may last' END), '') AS bypass_doubt,
        COALESCE(MAX(CASE WHEN k.thing = 'not_throttled' THEN k.said END), 'proven') AS not_throttled,
        COALESCE(MAX(CASE WHEN k.thing = 'silent_day' THEN k.said END), 'proven') AS not_silent,
        COALESCE(MAX(CASE WHEN k.thing = 'throttling_inferred' THEN 'inferred ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'throttling_edge' THEN 'edge ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'throttling_before_log' THEN 'before ' END), '') AS throttling_doubts,
        COALESCE(MAX(CASE WHEN k.thing = 'collection_incomplete' THEN 'incomplete ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'before_first_record' THEN 'begins ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'known_outage' THEN 'outage ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'search_incomplete' THEN 'search ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'exports_disagree' THEN 'disagree ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'several_tenants' THEN 'tenants ' END), '')
            || COALESCE(MAX(CASE WHEN k.thing = 'record_types_filtered' THEN 'types ' END), '') AS collection_doubts,
        COALESCE(MAX(CASE WHEN k.thing = 'collected_late' THEN 'late' END), '') AS late
    FROM slots AS s
    LEFT JOIN known AS k ON k.mailbox = s.mailbox AND k.moment = s.moment
    WHERE s.valid_to IS NOT NULL
    GROUP BY s.mailbox, s.moment, s.valid_to
),
signed AS (
    SELECT
        mailbox, moment, valid_to,
        collected || ingestion_on || auditing_on || entitled || audited_owner || audited_delegate || audited_admin || not_bypassed || audited_kind
            || owner_recorded || no_account_bypassed || bypass_doubt || not_throttled || not_silent || throttling_doubts || collection_doubts || late AS facts
    FROM wide
),
paced AS (
    SELECT
        mailbox, moment, valid_to, CASE WHEN LAG(facts) OVER (PARTITION BY mailbox ORDER BY moment) = facts THEN 0 ELSE 1 END AS is_first
    FROM signed
),
stretches AS (
    SELECT mailbox, MIN(moment) AS moment, MAX(valid_to) AS valid_to
    FROM (SELECT mailbox, moment, valid_to, SUM(is_first) OVER (PARTITION BY mailbox ORDER BY moment) AS stretch FROM paced) AS numbered
    GROUP BY mailbox, stretch
),
judged AS (
    SELECT
        w.mailbox, s.moment AS valid_from, s.valid_to,
        CASE WHEN w.collected = 'proven' AND w.collection_doubts <> '' THEN 'unknown' ELSE w.collected END AS collected,
        w.ingestion_on, w.auditing_on, w.entitled, w.audited_owner, w.audited_delegate, w.audited_admin, w.not_bypassed, w.audited_kind,
        CASE WHEN w.owner_recorded = 'denied' AND w.entitled = 'proven' THEN 'unknown' ELSE w.owner_recorded END AS owner_recorded,
        CASE WHEN w.no_account_bypassed = 'proven' AND w.bypass_doubt <> '' THEN 'unknown' ELSE w.no_account_bypassed END AS no_account_bypassed,
        w.not_throttled, CASE WHEN w.throttling_doubts = '' THEN 'proven' ELSE 'unknown' END AS no_throttling_inferred, w.not_silent
    FROM stretches AS s
    JOIN wide AS w ON w.mailbox = s.mailbox AND w.moment = s.moment
)
SELECT
    mailbox, valid_from, valid_to, collected, ingestion_on, auditing_on, entitled, audited_owner, audited_delegate, audited_admin, not_bypassed,
    audited_kind, owner_recorded, no_account_bypassed, not_throttled, no_throttling_inferred, not_silent,
    CASE WHEN 'denied' IN (collected, ingestion_on, auditing_on, audited_kind, entitled) THEN 'blind'
         WHEN audited_owner = 'denied' AND audited_delegate = 'denied' AND audited_admin = 'denied' THEN 'blind'
         WHEN 'denied' IN (audited_owner, audited_delegate, audited_admin, not_bypassed, owner_recorded, no_account_bypassed, not_throttled) THEN 'degraded'
         WHEN collected = 'proven' AND ingestion_on = 'proven' AND auditing_on = 'proven' AND entitled = 'proven' AND audited_owner = 'proven'
              AND audited_delegate = 'proven' AND audited_admin = 'proven' AND not_bypassed = 'proven' AND owner_recorded = 'proven'
              AND no_account_bypassed = 'proven' AND no_throttling_inferred = 'proven' AND not_silent = 'proven' THEN 'recorded'
         ELSE 'unknown' END AS state
FROM judged
