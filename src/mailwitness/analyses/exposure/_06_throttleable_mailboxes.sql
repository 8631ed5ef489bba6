/*
row: >
  one mailbox with 1,000 or more access records on some day and the day before it together. Recording is throttled only after so many within
  24 hours, and those before the throttling are recorded; a mailbox that is not here was not throttled, if the log here is whole.
kept: true
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
WITH access_days AS (
    SELECT mailbox, CAST(time AS DATE) AS day, COUNT(*) AS records
    FROM mailbox_accesses
    WHERE time IS NOT NULL
    GROUP BY mailbox, CAST(time AS DATE)
)
SELECT DISTINCT d.mailbox
FROM access_days AS d
LEFT JOIN access_days AS before
  ON before.mailbox IS NOT DISTINCT FROM d.mailbox AND before.day = CAST(d.day - INTERVAL '1' DAY AS DATE)
WHERE d.records + COALESCE(before.records, 0) >= 1000
