/*
claim: accesses of this mailbox by this actor went unrecorded
pillar: exposure
subject: mailbox
question: >
  Is there proof that every access of this actor in this time would have been recorded, and that the record would be in this case?
  The log must have been collected whole, auditing on in the tenant and for this kind of logon, and not bypassed for the account.
nulls: >
  a setting or a collection that nothing speaks of is unproven, so the claim stays open; it is never taken as the default.
title: Proof of recording
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
SELECT
    'mailbox' AS subject_kind, e.mailbox AS subject, e.mailbox, e.actor, e.actor_kind, e.accessed_as, e.time_from, e.time_to,
    'none' AS basis, s.bounds, 'Complete recording is not proven' AS title, g.code, 'open' AS stance, g.sentence, g.would_decide,
    g.table_name, g.row_id, 'gap' AS role
FROM exposure_extent AS e
JOIN recording_gaps AS g
  ON g.mailbox IS NOT DISTINCT FROM e.mailbox AND g.actor IS NOT DISTINCT FROM e.actor
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM e.mailbox AND s.actor IS NOT DISTINCT FROM e.actor
UNION ALL
SELECT
    'mailbox', s.mailbox, s.mailbox, s.actor, s.actor_kind, s.accessed_as, s.time_from, s.time_to,
    'configuration', s.bounds, 'Complete recording is proven', 'recording_proven', 'against',
    'The audit log of this time was collected whole, as its collector states, and the settings of this time record every access of this kind.', NULL,
    p.table_name, p.row_id, p.thing
FROM exposure_scopes AS s
JOIN recording_needs AS n
  ON n.mailbox IS NOT DISTINCT FROM s.mailbox AND n.actor IS NOT DISTINCT FROM s.actor
JOIN recording_proofs AS p
  ON p.thing = n.thing AND p.about = n.about AND p.is_proven AND p.valid_from <= n.time_to AND p.valid_to > n.time_from
WHERE s.bounds = 'exact'
