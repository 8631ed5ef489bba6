/*
row: >
  one stretch of time in which one thing that the recording of a mailbox's accesses depends on is known, proven or denied, with a row that says so;
  stretches of one thing that touch are one. What holds for the whole tenant stands with each mailbox. Proven or denied: collected (a
  statement that the whole log was collected, at least 24 hours after the time; denied where a collector got nothing and nothing is here),
  ingestion_on (but for the hour that a change takes; read as off while records of that time are here it is both: MW-E0022), auditing_on, entitled
  (see `access_entitlements`), audited_owner, audited_delegate, audited_admin, not_bypassed (the mailbox's own account). Only denied: audited_kind (mailboxes that are never audited), owner_recorded (its owner worked
  unrecorded), no_account_bypassed (acts of some account are not recorded anywhere), bypass_may_last (an account was bypassed when last, or first, seen), not_throttled (24 hours from a marked record; its time is
  known to the second, and the seconds at both ends are doubtful: throttling_edge), and each doubt of
  `access_doubts` and throttling_before_log (a log that begins here cannot show that the day before had not been throttled; a bind does). Only proven:
  collected_late (collected less than 24 hours after the time: MW-E0030). A setting is proven or denied inside `setting_spans` alone; that the owner is
  audited also by a record of an owner's or application's access, two hours or more after the last change of the set, until the next.
nulls: what is known neither way has no row.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
*/
WITH shown AS (
    SELECT COALESCE(n.mailbox, LOWER(m.mailbox)) AS mailbox, m.valid_from, m.valid_to, m.row_id, m.recipient_type,
        COALESCE(
            LOWER(m.recipient_type) LIKE '%group%' OR LOWER(m.recipient_type) LIKE '%room%'
            OR LOWER(m.recipient_type) LIKE '%equipment%' OR LOWER(m.recipient_type) LIKE '%publicfolder%', FALSE
        ) AS is_never_audited
    FROM mailbox_settings AS m
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(m.mailbox)
    WHERE ($mailbox IS NULL OR LOWER(m.mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox'))
      AND (m.recipient_type IS NOT NULL OR m.default_audit_set IS NOT NULL OR m.audit_enabled IS NOT NULL OR m.imap_enabled IS NOT NULL
           OR m.audit_owner IS NOT NULL)
),
mailboxes AS (
    SELECT mailbox FROM access_days
    UNION
    SELECT mailbox FROM shown
    UNION
    SELECT COALESCE(MIN(n.mailbox), LOWER(CAST($mailbox AS TEXT))) AS mailbox
    FROM asked_names AS a
    LEFT JOIN mailbox_names AS n ON n.name = a.name
    WHERE a.part = 'mailbox' AND $mailbox IS NOT NULL
    HAVING COUNT(*) > 0
),
collected AS (
    SELECT
        w.row_id, w.valid_from, w.valid_to,
        -- a file's own time that lies before its window says nothing (archives write 1980)
        LEAST(COALESCE(e.acquired_at, $as_of), COALESCE(CASE WHEN e.modified_at > w.valid_from THEN e.modified_at END, e.acquired_at, $as_of),
              COALESCE($as_of, e.acquired_at)) - INTERVAL '24' HOUR AS settled_to
    FROM feed_windows AS w
    JOIN collection_windows AS c ON c.row_id = w.row_id
    LEFT JOIN evidence AS e ON e.evidence_id = c.evidence_id
    WHERE w.feed = 'unified_audit_log' AND w.is_proven
),
partly AS (
    SELECT row_id FROM access_doubts WHERE thing = 'collection_incomplete'
),
switched AS (
    SELECT DISTINCT time FROM setting_observations
    WHERE subject_kind = 'tenant' AND setting = 'unified_audit_log_ingestion_enabled' AND how = 'change'
),
ingestion AS (
    SELECT
        p.row_id, p.seen_to AS valid_to, REPLACE(LOWER(p.value), '"', '') AS value,
        CASE WHEN s.time IS NOT NULL THEN p.seen_from + INTERVAL '1' HOUR ELSE p.seen_from END AS valid_from
    FROM setting_spans AS p
    LEFT JOIN switched AS s ON s.time = p.seen_from
    WHERE p.about = '' AND p.setting = 'unified_audit_log_ingestion_enabled'
),
misread AS (
    SELECT DISTINCT i.row_id, i.valid_from, i.valid_to
    FROM ingestion AS i
    JOIN audit_minutes AS m ON m.moment >= i.valid_from AND m.moment <= i.valid_to - INTERVAL '1' MINUTE
    WHERE i.value = 'false'
),
settings_denied AS (
    SELECT
        r.about, r.thing, r.table_name, r.row_id,
        CASE WHEN p.is_back AND p.anchor = r.valid_from THEN p.seen_from ELSE GREATEST(r.valid_from, p.seen_from) END AS valid_from,
        CASE WHEN p.is_back THEN p.seen_to ELSE LEAST(r.valid_to, p.seen_to) END AS valid_to
    FROM recording_proofs AS r
    JOIN setting_spans AS p
      ON p.about = r.about AND p.setting = CASE r.thing WHEN 'audited_owner' THEN 'audit_owner' WHEN 'audited_delegate' THEN 'audit_delegate'
                                                        WHEN 'audited_admin' THEN 'audit_admin' WHEN 'not_bypassed' THEN 'audit_bypass_enabled'
                                                        WHEN 'auditing_on' THEN 'audit_disabled' END
     AND ((p.is_back AND p.anchor >= r.valid_from AND p.anchor < r.valid_to) OR (NOT p.is_back AND p.seen_from < r.valid_to AND p.seen_to > r.valid_from))
    WHERE NOT r.is_proven
),
audit_changes AS (
    SELECT DISTINCT COALESCE(n.mailbox, LOWER(o.subject)) AS mailbox, o.time
    FROM setting_observations AS o
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.subject)
    WHERE o.setting IN ('audit_owner', 'default_audit_set') AND o.how = 'change' AND o.time IS NOT NULL
),
begun AS (
    SELECT d.mailbox, s.valid_from AS moment, s.valid_to, s.valid_from AS obeyed_from
    FROM (SELECT DISTINCT mailbox FROM access_days WHERE own_row IS NOT NULL) AS d
    CROSS JOIN lit_stretches AS s
    UNION ALL
    SELECT c.mailbox, c.time AS moment, s.valid_to, c.time + INTERVAL '2' HOUR AS obeyed_from
    FROM audit_changes AS c
    JOIN lit_stretches AS s ON s.valid_from < c.time AND s.valid_to > c.time
),
unchanged AS (
    SELECT
        mailbox, moment AS valid_from, obeyed_from, LEAST(valid_to, COALESCE(LEAD(moment) OVER (PARTITION BY mailbox ORDER BY moment), valid_to)) AS valid_to
    FROM begun
),
owner_shown AS (
    SELECT u.mailbox, u.valid_from, u.valid_to, MIN(d.own_row) AS row_id
    FROM unchanged AS u
    JOIN access_days AS d
      ON d.mailbox = u.mailbox AND ((d.first_own >= u.obeyed_from AND d.first_own < u.valid_to) OR (d.last_own >= u.obeyed_from AND d.last_own < u.valid_to))
    GROUP BY u.mailbox, u.valid_from, u.valid_to
),
bypass_first_seen AS (
    SELECT COALESCE(n.mailbox, LOWER(o.subject)) AS subject, MIN(o.time) AS time
    FROM setting_observations AS o
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.subject)
    WHERE o.setting = 'audit_bypass_enabled' AND o.time IS NOT NULL
    GROUP BY COALESCE(n.mailbox, LOWER(o.subject))
    HAVING MIN(CASE WHEN o.how = 'snapshot' THEN o.time END) = MIN(o.time)
),
throttled AS (
    SELECT COALESCE(n.mailbox, LOWER(a.mailbox)) AS mailbox, a.time, a.row_id
    FROM mail_accesses AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
    WHERE a.is_throttled AND a.time IS NOT NULL AND a.mailbox IS NOT NULL
),
bind_days AS (
    SELECT mailbox, moment, first_bind, last_bind, last_unthrottled, LEAD(first_bind) OVER (PARTITION BY mailbox ORDER BY moment) AS next_bind
    FROM access_days
    WHERE binds > 0
),
first_binds AS (
    SELECT d.mailbox, s.valid_from, MIN(CASE WHEN d.first_bind >= s.valid_from THEN d.first_bind ELSE d.last_bind END) AS first_bind
    FROM bind_days AS d
    JOIN feed_stretches AS s
      ON s.feed = 'unified_audit_log' AND d.last_bind >= s.valid_from AND d.first_bind < s.valid_from + INTERVAL '24' HOUR
    GROUP BY d.mailbox, s.valid_from
),
of_all AS (
    SELECT 'collected' AS thing, valid_from, LEAST(valid_to, COALESCE(settled_to, valid_to)) AS valid_to, TRUE AS is_proven,
           'collection_windows' AS table_name, row_id
    FROM collected
    UNION ALL
    SELECT 'collected_late' AS thing, GREATEST(valid_from, settled_to) AS valid_from, valid_to, TRUE AS is_proven, 'collection_windows' AS table_name, row_id
    FROM collected
    WHERE settled_to < valid_to
    UNION ALL
    SELECT 'collected' AS thing, w.valid_from, w.valid_to, FALSE AS is_proven, 'collection_windows' AS table_name, w.row_id
    FROM feed_windows AS w
    LEFT JOIN partly AS p ON p.row_id = w.row_id
    WHERE w.feed = 'unified_audit_log' AND NOT w.is_proven AND p.row_id IS NULL
    UNION ALL
    SELECT 'ingestion_on' AS thing, valid_from, valid_to, value = 'true' AS is_proven, 'setting_observations' AS table_name, row_id
    FROM ingestion
    WHERE value IN ('true', 'false')
    UNION ALL
    SELECT 'ingestion_on' AS thing, valid_from, valid_to, TRUE AS is_proven, 'setting_observations' AS table_name, row_id
    FROM misread
    UNION ALL
    SELECT thing, valid_from, valid_to, TRUE AS is_proven, table_name, row_id
    FROM recording_proofs
    WHERE thing = 'auditing_on' AND is_proven
    UNION ALL
    SELECT thing, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
    FROM settings_denied
    WHERE thing = 'auditing_on'
    UNION ALL
    SELECT 'bypass_may_last' AS thing, valid_from, valid_to, FALSE AS is_proven, 'mailbox_settings' AS table_name, row_id
    FROM mailbox_settings
    WHERE audit_bypass
    UNION ALL
    SELECT 'bypass_may_last' AS thing, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, f.time AS valid_to, FALSE AS is_proven,
           'mailbox_settings' AS table_name, m.row_id
    FROM mailbox_settings AS m
    JOIN bypass_first_seen AS f ON f.subject = m.mailbox AND f.time = m.valid_from
    WHERE m.audit_bypass
    UNION ALL
    SELECT 'no_account_bypassed' AS thing, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
    FROM settings_denied
    WHERE thing = 'not_bypassed'
    UNION ALL
    SELECT thing, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
    FROM access_doubts
    WHERE about = ''
),
of_one AS (
    SELECT about AS mailbox, thing, valid_from, valid_to, TRUE AS is_proven, table_name, row_id
    FROM recording_proofs
    WHERE thing IN ('audited_owner', 'audited_delegate', 'audited_admin', 'not_bypassed') AND is_proven
    UNION ALL
    SELECT mailbox, 'audited_owner' AS thing, valid_from, valid_to, TRUE AS is_proven, 'mail_accesses' AS table_name, row_id
    FROM owner_shown
    UNION ALL
    SELECT about AS mailbox, thing, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
    FROM settings_denied
    WHERE thing <> 'auditing_on'
    UNION ALL
    SELECT mailbox, CASE how WHEN 'worked_unrecorded' THEN 'owner_recorded' ELSE 'entitled' END AS thing, valid_from, valid_to, is_proven, table_name, row_id
    FROM access_entitlements
    UNION ALL
    SELECT
        s.mailbox, 'audited_kind' AS thing, CASE WHEN k.is_one_kind THEN TIMESTAMP '1900-01-01 00:00:00' ELSE s.valid_from END AS valid_from,
        CASE WHEN k.is_one_kind THEN TIMESTAMP '9999-12-31 00:00:00' ELSE s.valid_to END AS valid_to, FALSE AS is_proven,
        'mailbox_settings' AS table_name, s.row_id
    FROM shown AS s
    JOIN (SELECT mailbox, BOOL_AND(is_never_audited) AS is_one_kind FROM shown WHERE recipient_type IS NOT NULL GROUP BY mailbox) AS k ON k.mailbox = s.mailbox
    WHERE s.is_never_audited
    UNION ALL
    SELECT mailbox, 'not_throttled' AS thing, time + INTERVAL '1' SECOND AS valid_from, time + INTERVAL '24' HOUR AS valid_to, FALSE AS is_proven,
           'mail_accesses' AS table_name, row_id
    FROM throttled
    UNION ALL
    SELECT mailbox, 'throttling_edge' AS thing, time AS valid_from, time + INTERVAL '24' HOUR + INTERVAL '1' SECOND AS valid_to, FALSE AS is_proven,
           'mail_accesses' AS table_name, row_id
    FROM throttled
    UNION ALL
    SELECT about AS mailbox, thing, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
    FROM access_doubts
    WHERE about <> ''
    UNION ALL
    SELECT m.mailbox, 'throttling_before_log' AS thing, s.valid_from, LEAST(s.valid_to, s.valid_from + INTERVAL '24' HOUR, COALESCE(f.first_bind, s.valid_to)) AS valid_to,
           FALSE AS is_proven, 'collection_windows' AS table_name, s.row_id
    FROM mailboxes AS m
    CROSS JOIN feed_stretches AS s
    LEFT JOIN first_binds AS f ON f.mailbox = m.mailbox AND f.valid_from = s.valid_from
    WHERE s.feed = 'unified_audit_log'
    UNION ALL
    SELECT d.mailbox, 'throttling_before_log' AS thing, d.last_bind AS valid_from, d.last_bind + INTERVAL '24' HOUR AS valid_to, FALSE AS is_proven,
           'collection_windows' AS table_name, s.row_id
    FROM bind_days AS d
    JOIN feed_stretches AS s ON s.feed = 'unified_audit_log' AND d.last_bind >= s.valid_from AND d.last_bind < s.valid_from + INTERVAL '24' HOUR
    WHERE (d.last_unthrottled IS NULL OR d.last_unthrottled < d.last_bind)
      AND (d.next_bind IS NULL OR d.next_bind >= d.last_bind + INTERVAL '24' HOUR)
),
facts AS (
    SELECT '' AS mailbox, thing, valid_from, valid_to, is_proven, table_name, row_id FROM of_all
    UNION ALL
    SELECT o.mailbox, o.thing, o.valid_from, o.valid_to, o.is_proven, o.table_name, o.row_id
    FROM of_one AS o
    JOIN mailboxes AS m ON m.mailbox = o.mailbox
),
reached AS (
    SELECT
        mailbox, thing, is_proven, valid_from, valid_to, table_name, row_id,
        MAX(valid_to) OVER (PARTITION BY mailbox, thing, is_proven ORDER BY valid_from, valid_to, row_id) AS reach
    FROM facts
    WHERE valid_from < valid_to
),
paced AS (
    SELECT
        mailbox, thing, is_proven, valid_from, valid_to, table_name, row_id,
        CASE WHEN LAG(reach) OVER (PARTITION BY mailbox, thing, is_proven ORDER BY valid_from, valid_to, row_id) >= valid_from THEN 0 ELSE 1 END AS is_first
    FROM reached
),
merged AS (
    SELECT
        mailbox, thing, is_proven, MIN(valid_from) AS valid_from, MAX(valid_to) AS valid_to, MIN(CASE WHEN is_first = 1 THEN table_name END) AS table_name,
        MIN(CASE WHEN is_first = 1 THEN row_id END) AS row_id
    FROM (
        SELECT mailbox, thing, is_proven, valid_from, valid_to, table_name, row_id, is_first,
               SUM(is_first) OVER (PARTITION BY mailbox, thing, is_proven ORDER BY valid_from, valid_to, row_id) AS stretch
        FROM paced
    ) AS numbered
    GROUP BY mailbox, thing, is_proven, stretch
)
SELECT m.mailbox, f.thing, f.valid_from, f.valid_to, f.is_proven, f.table_name, f.row_id
FROM merged AS f
JOIN mailboxes AS m ON m.mailbox = f.mailbox
UNION ALL
SELECT m.mailbox, f.thing, f.valid_from, f.valid_to, f.is_proven, f.table_name, f.row_id
FROM mailboxes AS m
CROSS JOIN merged AS f
WHERE '' = f.mailbox
