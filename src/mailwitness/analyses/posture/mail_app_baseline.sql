/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Is it known which applications normally read mail here? This counts the ones that did; which of them are expected is for a person to say. The intrusion of 2023 was found
  by an application that had never read mail in that tenant.
nulls: an access that names no application is counted as such.
title: The applications that normally read mail are known
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
*/
WITH pairs AS (
    SELECT LOWER(app_id) AS app_id, NULLIF(LOWER(client_app_id), '') AS client_app_id, COUNT(*) AS accesses, MIN(row_id) AS row_id,
           MIN(time) AS time_from, MAX(time) AS time_to
    FROM mail_accesses
    WHERE $mailbox IS NULL OR LOWER(mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox')
    GROUP BY LOWER(app_id), NULLIF(LOWER(client_app_id), '')
),
applications AS (
    SELECT
        COALESCE(CASE WHEN p.app_id IS NULL OR p.app_id = '' OR front.is_front THEN COALESCE(p.client_app_id, NULLIF(p.app_id, '')) ELSE p.app_id END, '') AS app,
        SUM(p.accesses) AS accesses, MIN(p.row_id) AS row_id, MIN(p.time_from) AS time_from, MAX(p.time_to) AS time_to
    FROM pairs AS p
    LEFT JOIN first_party_apps AS front ON front.app_id = p.app_id
    GROUP BY COALESCE(CASE WHEN p.app_id IS NULL OR p.app_id = '' OR front.is_front THEN COALESCE(p.client_app_id, NULLIF(p.app_id, '')) ELSE p.app_id END, '')
),
numbered AS (
    SELECT a.app, a.accesses, a.row_id, a.time_from, a.time_to, k.name, ROW_NUMBER() OVER (ORDER BY CASE WHEN k.name IS NULL THEN 0 ELSE 1 END, a.app, a.row_id) AS number
    FROM applications AS a
    LEFT JOIN first_party_apps AS k ON k.app_id = a.app
),
counted AS (
    SELECT
        COUNT(*) AS applications, SUM(CASE WHEN name IS NOT NULL AND app <> '' THEN 1 ELSE 0 END) AS known, SUM(CASE WHEN name IS NULL AND app <> '' THEN 1 ELSE 0 END) AS others,
        SUM(CASE WHEN name IS NULL AND app <> '' THEN accesses ELSE 0 END) AS others_accesses, SUM(CASE WHEN app = '' THEN accesses ELSE 0 END) AS unnamed,
        MIN(time_from) AS time_from, MAX(time_to) AS time_to
    FROM numbered
)
SELECT
    'cisa-mail-app-baseline' AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, 'The applications that normally read mail are known' AS title, c.time_from, c.time_to,
    'none' AS basis, CASE WHEN c.applications = 0 THEN 'no_mail_access' ELSE 'baseline_needs_a_person' END AS code, 'open' AS stance,
    CASE WHEN c.applications = 0 THEN 'No mail access is in this case, so nothing shows which applications read mail.'
         ELSE CAST(c.known AS TEXT) || ' applications of Microsoft and ' || CAST(c.others AS TEXT) || ' that are not on its list read mail here ('
              || CAST(c.others_accesses AS TEXT) || ' records by the latter, ' || CAST(c.unnamed AS TEXT) || ' that name no application). A person has to say which of them are expected.' END AS sentence,
    CASE WHEN c.applications = 0 THEN 'The unified audit log with MailItemsAccessed records of an ordinary month would show them.'
         ELSE 'Somebody who knows the tenant, with the names and owners of these applications: Get-MgServicePrincipal -All -Property AppId,DisplayName,AppOwnerOrganizationId.' END AS would_decide,
    CASE WHEN n.row_id IS NOT NULL THEN 'mail_accesses' END AS table_name, n.row_id, 'application' AS role
FROM counted AS c
LEFT JOIN numbered AS n ON n.number <= 20
