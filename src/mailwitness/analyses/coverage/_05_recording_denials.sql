/*
row: >
  one reason why accesses of a stretch of `mailbox_coverage` are not recorded, or not here: of a blind stretch what makes it blind, of a degraded
  one each kind of access that is missing (missing names it)
kept: true
*/
WITH denied AS (
    SELECT c.mailbox, c.valid_from, c.state, f.thing, f.table_name, f.row_id
    FROM mailbox_coverage AS c
    JOIN coverage_facts AS f ON f.mailbox = c.mailbox AND NOT f.is_proven AND f.valid_from <= c.valid_from AND f.valid_to > c.valid_from
    WHERE (f.thing = 'collected' AND c.collected = 'denied') OR (f.thing = 'ingestion_on' AND c.ingestion_on = 'denied')
       OR (f.thing = 'auditing_on' AND c.auditing_on = 'denied') OR (f.thing = 'entitled' AND c.entitled = 'denied')
       OR (f.thing = 'audited_kind' AND c.audited_kind = 'denied') OR (f.thing = 'audited_owner' AND c.audited_owner = 'denied')
       OR (f.thing = 'audited_delegate' AND c.audited_delegate = 'denied') OR (f.thing = 'audited_admin' AND c.audited_admin = 'denied')
       OR (f.thing = 'owner_recorded' AND c.owner_recorded = 'denied') OR (f.thing = 'not_throttled' AND c.not_throttled = 'denied')
),
whole AS (
    SELECT mailbox, valid_from, thing, table_name, row_id
    FROM denied
    WHERE state = 'blind' AND thing IN ('collected', 'ingestion_on', 'auditing_on', 'entitled', 'audited_kind')
),
decisive AS (
    SELECT mailbox, valid_from, thing, table_name, row_id FROM whole
    UNION ALL
    SELECT d.mailbox, d.valid_from, d.thing, d.table_name, d.row_id
    FROM denied AS d
    LEFT JOIN (SELECT DISTINCT mailbox, valid_from FROM whole) AS w ON w.mailbox = d.mailbox AND w.valid_from = d.valid_from
    WHERE w.mailbox IS NULL AND (d.state = 'degraded' OR (d.state = 'blind' AND d.thing IN ('audited_owner', 'audited_delegate', 'audited_admin')))
)
SELECT
    d.mailbox, d.valid_from,
    CASE d.thing WHEN 'collected' THEN 'not_collected' WHEN 'ingestion_on' THEN 'ingestion_off' WHEN 'auditing_on' THEN 'auditing_off'
                 WHEN 'entitled' THEN 'not_licensed' WHEN 'audited_kind' THEN 'never_audited_kind' WHEN 'audited_owner' THEN 'owner_not_audited'
                 WHEN 'audited_delegate' THEN 'delegate_not_audited' WHEN 'audited_admin' THEN 'admin_not_audited'
                 WHEN 'owner_recorded' THEN 'worked_unrecorded' ELSE 'throttled' END AS code,
    CASE d.thing WHEN 'audited_owner' THEN 'owner, app-only' WHEN 'audited_delegate' THEN 'delegate' WHEN 'audited_admin' THEN 'admin'
                 WHEN 'owner_recorded' THEN 'owner' WHEN 'not_throttled' THEN 'bind' ELSE 'all' END AS missing,
    CASE d.thing
        WHEN 'collected' THEN 'The collector states that it did not get this time, and no record of it is here.'
        WHEN 'ingestion_on' THEN 'The unified audit log was switched off: it took in no record (MW-E0021).'
        WHEN 'auditing_on' THEN 'Mailbox auditing was switched off for the organisation (MW-E0020).'
        WHEN 'entitled' THEN 'The mailbox had no plan of Audit (Premium), and mailboxes with others had no mail-access records before the roll-out (MW-E0027, MW-E0028).'
        WHEN 'audited_kind' THEN 'Mailboxes of this kind (' || COALESCE(l.recipient_type, 'group, room, equipment or public folder') || ') have no mail-access records (MW-E0057).'
        WHEN 'audited_owner' THEN 'MailItemsAccessed was not among the audited actions of the owner, by whose list applications are recorded too (MW-E0025).'
        WHEN 'audited_delegate' THEN 'MailItemsAccessed was not among the audited actions of delegates (MW-E0025).'
        WHEN 'audited_admin' THEN 'MailItemsAccessed was not among the audited actions of administrators (MW-E0025).'
        WHEN 'owner_recorded' THEN 'The owner worked in this mailbox on three days or more of this log, which holds not one mail access of it, and no licence is known that would bring any.'
        ELSE 'Recording was throttled: binds of the 24 hours after a record so marked are not recorded, by whomever (MW-E0015). Syncs are.' END AS sentence,
    d.table_name, d.row_id
FROM decisive AS d
LEFT JOIN mailbox_licensing AS l ON l.mailbox = d.mailbox
UNION ALL
SELECT
    c.mailbox, c.valid_from, 'account_bypassed' AS code, b.account || CASE WHEN b.accounts > 1 THEN ' and more' ELSE '' END AS missing,
    'Nothing that ' || b.account
        || CASE WHEN b.accounts > 1 THEN ' and ' || CAST(b.accounts - 1 AS TEXT) || ' more accounts do to any mailbox is recorded'
                ELSE ' does to any mailbox is recorded' END || ': auditing is bypassed (MW-E0019).' AS sentence,
    'mailbox_settings' AS table_name, b.row_id
FROM mailbox_coverage AS c
JOIN bypassed_accounts AS b ON b.valid_from <= c.valid_from AND b.valid_to > c.valid_from
WHERE c.state = 'degraded' AND 'denied' IN (c.no_account_bypassed, c.not_bypassed)
