/*
row: one account and stretch of time in which none of its acts on any mailbox is recorded; accounts with the same stretch are one row, and counted
kept: true
*/
SELECT
    GREATEST(r.valid_from, p.seen_from) AS valid_from, LEAST(r.valid_to, p.seen_to) AS valid_to, MIN(r.about) AS account,
    COUNT(DISTINCT r.about) AS accounts, MIN(r.row_id) AS row_id
FROM recording_proofs AS r
JOIN setting_spans AS p ON p.about = r.about AND p.setting = 'audit_bypass_enabled' AND p.seen_from < r.valid_to AND p.seen_to > r.valid_from
WHERE r.thing = 'not_bypassed' AND NOT r.is_proven
GROUP BY GREATEST(r.valid_from, p.seen_from), LEAST(r.valid_to, p.seen_to)
