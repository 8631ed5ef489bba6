/*
row: >
  one mailbox and stretch of time in which all that is known of the recording of its accesses stays the same. Each thing is proven,
  denied or unknown. state: blind (nothing of that time can be in this case), degraded (some kinds of access would be missing),
  recorded (every kind would be recorded and is in this case), unknown. The stretches of a mailbox have no gap: from the first record or
  window of the unified log to the last, or the time asked for.
nulls: unknown is a word here, never a null; a conflict (proven and denied at once) is unknown.
kept: true
*/
WITH period AS (
    SELECT
        COALESCE($time_from, MIN(valid_from)) AS time_from, COALESCE($time_to, MAX(valid_to)) AS time_to
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
    SELECT mailbox, moment AS valid_from, LEAD(moment) OVER (PARTITION BY mailbox ORDER BY moment) AS valid_to
    FROM points
    WHERE moment IS NOT NULL
),
known AS (
    SELECT
        s.mailbox, s.valid_from, s.valid_to, f.thing,
        CASE WHEN BOOL_AND(f.is_proven) THEN 'proven' WHEN BOOL_OR(f.is_proven) THEN 'unknown' ELSE 'denied' END AS said
    FROM slots AS s
    JOIN facts AS f ON f.mailbox = s.mailbox AND f.valid_from <= s.valid_from AND f.valid_to > s.valid_from
    WHERE s.valid_to IS NOT NULL
    GROUP BY s.mailbox, s.valid_from, s.valid_to, f.thing
),
wide AS (
    SELECT
        s.mailbox, s.valid_from, s.valid_to,
        COALESCE(MAX(CASE WHEN k.thing = 'collected' THEN k.said END), 'unknown') AS collected,
        COALESCE(MAX(CASE WHEN k.thing = 'ingestion_on' THEN k.said END), 'unknown') AS ingestion_on,
        COALESCE(MAX(CASE WHEN k.thing = 'auditing_on' THEN k.said END), 'unknown') AS auditing_on,
        COALESCE(MAX(CASE WHEN k.thing = 'entitled' THEN k.said END), 'unknown') AS entitled,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_owner' THEN k.said END), 'unknown') AS audited_owner,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_delegate' THEN k.said END), 'unknown') AS audited_delegate,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_admin' THEN k.said END), 'unknown') AS audited_admin,
        COALESCE(MAX(CASE WHEN k.thing = 'not_bypassed' THEN k.said END), 'unknown') AS not_bypassed,
        COALESCE(MAX(CASE WHEN k.thing = 'audited_kind' THEN k.said END), 'proven') AS audited_kind,
        COALESCE(MAX(CASE WHEN k.thing = 'account_bypassed' THEN k.said END), 'proven') AS no_account_bypassed,
        COALESCE(MAX(CASE WHEN k.thing = 'throttled' THEN k.said END), 'proven') AS not_throttled,
        COALESCE(MAX(CASE WHEN k.thing = 'throttling_inferred' THEN k.said END), 'proven') AS no_throttling_inferred
    FROM slots AS s
    LEFT JOIN known AS k ON k.mailbox = s.mailbox AND k.valid_from = s.valid_from
    WHERE s.valid_to IS NOT NULL
    GROUP BY s.mailbox, s.valid_from, s.valid_to
),
signed AS (
    SELECT
        w.mailbox, w.valid_from AS moment, w.valid_to, w.collected, w.ingestion_on, w.auditing_on, w.entitled, w.audited_owner, w.audited_delegate,
        w.audited_admin, w.not_bypassed, w.audited_kind, w.no_account_bypassed, w.not_throttled, w.no_throttling_inferred,
        w.collected || w.ingestion_on || w.auditing_on || w.entitled || w.audited_owner || w.audited_delegate || w.audited_admin
            || w.not_bypassed || w.audited_kind || w.no_account_bypassed || w.not_throttled || w.no_throttling_inferred AS facts
    FROM wide AS w
),
paced AS (
    SELECT
        s.mailbox, s.moment, s.valid_to, s.collected, s.ingestion_on, s.auditing_on, s.entitled, s.audited_owner, s.audited_delegate,
        s.audited_admin, s.not_bypassed, s.audited_kind, s.no_account_bypassed, s.not_throttled, s.no_throttling_inferred,
        CASE WHEN LAG(s.facts) OVER (PARTITION BY s.mailbox ORDER BY s.moment) = s.facts THEN 0 ELSE 1 END AS is_first
    FROM signed AS s
),
numbered AS (
    SELECT
        p.mailbox, p.moment, p.valid_to, p.collected, p.ingestion_on, p.auditing_on, p.entitled, p.audited_owner, p.audited_delegate,
        p.audited_admin, p.not_bypassed, p.audited_kind, p.no_account_bypassed, p.not_throttled, p.no_throttling_inferred,
        SUM(p.is_first) OVER (PARTITION BY p.mailbox ORDER BY p.moment) AS stretch
    FROM paced AS p
)
SELECT
    mailbox, MIN(moment) AS valid_from, MAX(valid_to) AS valid_to, MIN(collected) AS collected, MIN(ingestion_on) AS ingestion_on,
    MIN(auditing_on) AS auditing_on, MIN(entitled) AS entitled, MIN(audited_owner) AS audited_owner,
    MIN(audited_delegate) AS audited_delegate, MIN(audited_admin) AS audited_admin, MIN(not_bypassed) AS not_bypassed,
    MIN(audited_kind) AS audited_kind, MIN(no_account_bypassed) AS no_account_bypassed, MIN(not_throttled) AS not_throttled,
    MIN(no_throttling_inferred) AS no_throttling_inferred,
    CASE WHEN 'denied' IN (MIN(collected), MIN(ingestion_on), MIN(auditing_on), MIN(audited_kind)) THEN 'blind'
         WHEN MIN(audited_owner) = 'denied' AND MIN(audited_delegate) = 'denied' AND MIN(audited_admin) = 'denied' THEN 'blind'
         WHEN 'denied' IN (MIN(audited_owner), MIN(audited_delegate), MIN(audited_admin), MIN(not_bypassed), MIN(no_account_bypassed),
                           MIN(not_throttled)) THEN 'degraded'
         WHEN MIN(collected) = 'proven' AND MIN(ingestion_on) = 'proven' AND MIN(auditing_on) = 'proven' AND MIN(entitled) = 'proven'
              AND MIN(audited_owner) = 'proven' AND MIN(audited_delegate) = 'proven' AND MIN(audited_admin) = 'proven'
              AND MIN(not_bypassed) = 'proven' AND MIN(no_throttling_inferred) = 'proven' THEN 'recorded'
         ELSE 'unknown' END AS state
FROM numbered
GROUP BY mailbox, stretch
