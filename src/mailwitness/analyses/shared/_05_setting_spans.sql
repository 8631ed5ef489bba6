/*
row: >
  one stretch of time in which one setting of one mailbox, account or the tenant (about is '') is proven to have had one value. Only the
  unified log shows changes, so a value holds from where it was seen as far as that log is in the case without a gap, and no further than
  the next sight of it; a snapshot also holds back to the beginning of the gapless log before it, or to the sight before if that
  saw the same. If the next sight is a snapshot of another value, the value changed between them and the log does not show when: neither holds
  there. is_back says which of the two; anchor is the moment of the sight. Two sights of one moment that disagree prove nothing from
  there, and neither does one dated only by its file's stamp that contradicts the sight before it: the export may be older than its file.
  Where the log was switched off it shows no change of any other setting, so of those `lit_stretches` tell.
nulls: a value without a time proves nothing; a value that is null was seen as null.
kept: true
*/
WITH subjects AS (
    SELECT LOWER(value) AS name, MIN(LOWER(person)) AS mailbox
    FROM identities
    GROUP BY LOWER(value)
    HAVING COUNT(DISTINCT LOWER(person)) = 1
),
named AS (
    SELECT
        s.row_id, s.setting, s.time, s.value, s.how, COALESCE(s.time_from = 'file_time', FALSE) AS is_stamped,
        CASE WHEN s.subject_kind = 'tenant' THEN '' ELSE COALESCE(n.mailbox, LOWER(s.subject)) END AS about
    FROM setting_observations AS s
    LEFT JOIN subjects AS n ON n.name = LOWER(s.subject)
    WHERE s.time IS NOT NULL
      AND s.setting IN (
          'default_audit_set', 'audit_owner', 'audit_delegate', 'audit_admin', 'audit_bypass_enabled', 'audit_disabled',
          'unified_audit_log_ingestion_enabled', 'imap_enabled', 'pop_enabled', 'smtp_client_authentication_disabled',
          'active_sync_enabled', 'ews_enabled', 'mapi_enabled')
),
seen AS (
    SELECT
        about, setting, time, value, how, row_id, is_stamped,
        MIN(COALESCE(value, '')) OVER (PARTITION BY about, setting, time ORDER BY row_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            = MAX(COALESCE(value, '')) OVER (PARTITION BY about, setting, time ORDER BY row_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            AS is_agreed,
        LEAD(time) OVER (PARTITION BY about, setting ORDER BY time, row_id) AS time_of_next,
        COALESCE(LEAD(how) OVER (PARTITION BY about, setting ORDER BY time, row_id) = 'snapshot', FALSE)
            AND LEAD(value) OVER (PARTITION BY about, setting ORDER BY time, row_id) IS DISTINCT FROM value AS is_other_next,
        LAG(time) OVER (PARTITION BY about, setting ORDER BY time, row_id) AS time_before,
        LAG(value) OVER (PARTITION BY about, setting ORDER BY time, row_id) AS value_before
    FROM named
),
lit AS (
    SELECT TRUE AS is_for_the_switch, valid_from, valid_to FROM feed_stretches WHERE feed = 'unified_audit_log'
    UNION ALL
    SELECT FALSE AS is_for_the_switch, valid_from, valid_to FROM lit_stretches
)
SELECT
    s.about, s.setting, s.value, s.row_id, FALSE AS is_back, s.time AS anchor, s.time AS seen_from,
    LEAST(c.valid_to, COALESCE(s.time_of_next, c.valid_to)) AS seen_to
FROM seen AS s
JOIN lit AS c ON c.is_for_the_switch = (s.setting = 'unified_audit_log_ingestion_enabled') AND c.valid_from <= s.time AND c.valid_to > s.time
WHERE s.is_agreed AND NOT s.is_other_next AND NOT (s.is_stamped AND s.time_before IS NOT NULL AND s.value_before IS DISTINCT FROM s.value)
UNION ALL
SELECT
    s.about, s.setting, s.value, s.row_id, TRUE AS is_back, s.time AS anchor,
    GREATEST(c.valid_from, COALESCE(s.time_before, c.valid_from)) AS seen_from, s.time AS seen_to
FROM seen AS s
JOIN lit AS c ON c.is_for_the_switch = (s.setting = 'unified_audit_log_ingestion_enabled') AND c.valid_from < s.time AND c.valid_to >= s.time
WHERE s.how = 'snapshot' AND s.is_agreed AND (s.time_before IS NULL OR s.value_before IS NOT DISTINCT FROM s.value)
