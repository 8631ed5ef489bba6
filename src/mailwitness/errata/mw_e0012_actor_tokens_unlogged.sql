/*
id: MW-E0012
title: Service-to-service actor tokens are logged neither at issue nor at use
log: signins
effect: missing
from: null
to: 2025-07-31
condition: >
  Until July 2025 for the Azure AD Graph (CVE-2025-55241), and the class of Exchange hybrid service-to-service tokens
  (CVE-2025-53786): no row at issue or use, no Conditional Access, a life of about a day. Only changes in the target
  leave a trace.
recognise: >
  A directory change whose initiator bears the display name of one of five Microsoft services beside a person's principal name. Changes of groups and of
  the tenant's features, which services make for people every day, are left out.
doubt: >
  What the Exchange hybrid class leaves in logs was not verified.
claims: [provenance, accuracy]
confidence: established
checked: 2026-11-25
sources:
  - practical365.com, Death by token
  - dirkjanm.io, 2025
  - github.com/elastic/detection-rules, Entra ID Actor Token User Impersonation Abuse (the five names and what is left out)
*/
SELECT 'directory_audits' AS table_name, row_id, time
FROM directory_audits
WHERE initiated_by_user LIKE '%@%'
  AND initiated_by_name IN ('Office 365 Exchange Online', 'Office 365 SharePoint Online', 'Skype for Business Online', 'Dataverse', 'Microsoft Dynamics ERP')
  AND NOT COALESCE(LOWER(activity) LIKE '%group%' OR activity = 'Set directory feature on tenant', FALSE)
