/*
row: >
  one recommendation that is about every mailbox, and of how many it is met, not met and unknown; example_failed and example_unknown are one
  mailbox each. seen says in words when the settings were last seen, with a warning where the case goes on for 30 days or more.
*/
WITH recommendations AS (
    SELECT 'cisa-logs-mailitemsaccessed' AS recommendation
    UNION ALL SELECT 'cisa-logs-send'
    UNION ALL SELECT 'cisa-logs-search'
    UNION ALL SELECT 'cisa-no-audit-bypass'
    UNION ALL SELECT 'cisa-audit-plan'
    UNION ALL SELECT 'cisa-imap-off-where-unused'
    UNION ALL SELECT 'cisa-pop-off-where-unused'
    UNION ALL SELECT 'cisa-smtp-auth-off-where-unused'
),
counted AS (
    SELECT
        r.recommendation, COUNT(c.mailbox) AS mailboxes, SUM(CASE WHEN c.is_met THEN 1 ELSE 0 END) AS met,
        SUM(CASE WHEN c.is_met IS FALSE THEN 1 ELSE 0 END) AS failed, SUM(CASE WHEN c.mailbox IS NOT NULL AND c.is_met IS NULL THEN 1 ELSE 0 END) AS unknown,
        SUM(CASE WHEN c.detail = 'use_unknown' THEN 1 ELSE 0 END) AS use_unknown, SUM(CASE WHEN c.detail = 'used' THEN 1 ELSE 0 END) AS used,
        MIN(CASE WHEN c.is_met IS FALSE THEN c.mailbox END) AS example_failed, MIN(CASE WHEN c.is_met IS NULL THEN c.mailbox END) AS example_unknown,
        MIN(c.seen_on) AS seen_from, MAX(c.seen_on) AS seen_to
    FROM recommendations AS r
    LEFT JOIN mailbox_checks AS c ON c.recommendation = r.recommendation
    GROUP BY r.recommendation
)
SELECT
    c.recommendation, c.mailboxes, c.met, c.failed, c.unknown, c.use_unknown, c.used, c.example_failed, c.example_unknown, c.seen_from, c.seen_to,
    CASE WHEN c.seen_from IS NULL THEN ''
         ELSE ' Last seen between ' || CAST(CAST(c.seen_from AS DATE) AS TEXT) || ' and ' || CAST(CAST(c.seen_to AS DATE) AS TEXT) || '.'
              || CASE WHEN l.moment >= c.seen_from + INTERVAL '720' HOUR
                      THEN ' This is judged at ' || CAST(CAST(l.moment AS DATE) AS TEXT) || '; a change in between need not be known here.'
                      ELSE '' END END AS seen
FROM counted AS c
CROSS JOIN latest_evidence AS l
