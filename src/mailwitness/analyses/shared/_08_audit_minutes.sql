/*
row: >
  one minute with records of the unified audit log: how many, and how many of the record types that binds (50) and that syncs and single items (2, 3)
  have. Records of the mailbox's own old log and of Defender's tables are not counted: the unified log need not hold them.
kept: true
*/
SELECT
    DATE_TRUNC('minute', a.time) AS moment, COUNT(*) AS records, SUM(CASE WHEN a.record_type = 50 THEN 1 ELSE 0 END) AS aggregated,
    SUM(CASE WHEN a.record_type IN (2, 3) THEN 1 ELSE 0 END) AS single
FROM audit_events AS a
LEFT JOIN (SELECT evidence_id FROM evidence WHERE reader LIKE 'mailbox_audit_log%' OR reader LIKE 'defender_%') AS other ON other.evidence_id = a.evidence_id
WHERE a.time IS NOT NULL AND other.evidence_id IS NULL
GROUP BY DATE_TRUNC('minute', a.time)
