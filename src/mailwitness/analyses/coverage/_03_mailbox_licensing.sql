/*
row: >
  one mailbox with what is known of its licence and kind at any time: which of the plans that matter for mail-access records it was seen to have
kept: true
*/
WITH plans AS (
    SELECT COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS mailbox, LOWER(l.service_plan_id) AS plan, l.row_id
    FROM licences AS l
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
),
kinds AS (
    SELECT COALESCE(n.mailbox, LOWER(s.mailbox)) AS mailbox, MIN(s.recipient_type) AS recipient_type, MAX(s.recipient_type) AS last_recipient_type
    FROM mailbox_settings AS s
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(s.mailbox)
    GROUP BY COALESCE(n.mailbox, LOWER(s.mailbox))
),
licensed AS (
    SELECT
        mailbox, MAX(CASE WHEN plan = '2f442157-a11c-46b9-ae5b-6e39ff4e5849' THEN 1 ELSE 0 END) = 1 AS has_premium,
        MAX(CASE WHEN plan = 'f6de4823-28fa-440b-b886-4783fa86ddba' THEN 1 ELSE 0 END) = 1
            AND MAX(CASE WHEN plan = 'efb87545-963c-4e0d-99df-69c6916d9eb0' THEN 1 ELSE 0 END) = 1 AS has_standard
    FROM plans
    GROUP BY mailbox
)
SELECT
    c.mailbox, COALESCE(l.has_premium, FALSE) AS has_premium, COALESCE(l.has_standard, FALSE) AS has_standard, l.mailbox IS NOT NULL AS has_plan,
    COALESCE(LOWER(k.recipient_type) LIKE '%shared%' AND LOWER(k.last_recipient_type) LIKE '%shared%', FALSE) AS is_shared, k.recipient_type,
    a.own_row IS NOT NULL AS has_own_records, a.mailbox IS NOT NULL AS has_records
FROM (SELECT DISTINCT mailbox FROM mailbox_coverage) AS c
LEFT JOIN licensed AS l ON l.mailbox = c.mailbox
LEFT JOIN kinds AS k ON k.mailbox = c.mailbox
LEFT JOIN (SELECT mailbox, MIN(own_row) AS own_row FROM access_days GROUP BY mailbox) AS a ON a.mailbox = c.mailbox
