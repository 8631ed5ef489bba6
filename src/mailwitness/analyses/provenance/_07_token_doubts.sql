/*
row: >
  one token of one mailbox whose records outside the actor or time asked for keep it from being judged: they name a server of Microsoft's or no address,
  another tenant, or another time of issue. A question that is narrowed has no row fewer to answer for than the question of the whole case.
nulls: what such a record does not say keeps the token open too.
kept: true
*/
SELECT c.mailbox, c.subject AS token, MIN(a.row_id) AS row_id
FROM (
    SELECT mailbox, subject, MIN(issued_at) AS issued_at FROM credentials WHERE subject_kind = 'token' GROUP BY mailbox, subject
) AS c
JOIN mail_accesses AS a ON a.unique_token_id = c.subject
LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
LEFT JOIN client_addresses AS x ON x.client_ip = a.client_ip
WHERE ($actor IS NOT NULL OR $time_from IS NOT NULL OR $time_to IS NOT NULL)
  AND COALESCE(n.mailbox, LOWER(a.mailbox)) = c.mailbox
  AND (COALESCE(x.is_microsoft_service, TRUE) OR a.issued_at <> c.issued_at OR a.issued_at > a.time + INTERVAL '1' HOUR
       OR COALESCE(a.external_access, FALSE) OR LOWER(a.user_id) LIKE '%#ext#%' OR a.accessed_as = 'service'
       OR NOT COALESCE(LOWER(a.token_tenant_id) = LOWER(a.organization_id), NOT a.external_access, FALSE))
GROUP BY c.mailbox, c.subject
