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
  A directory change whose initiator bears a Microsoft service's name together with a person's.
doubt: >
  What the Exchange hybrid class leaves in logs was not verified.
claims: [provenance, accuracy]
confidence: established
checked: 2026-11-25
sources:
  - practical365.com, Death by token
  - dirkjanm.io, 2025
*/
SELECT 'directory_audits' AS table_name, row_id, time
FROM directory_audits
WHERE initiated_by_user IS NOT NULL AND initiated_by_app LIKE 'Office 365 %'
