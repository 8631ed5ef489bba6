/*
id: MW-E0053
title: Records without session or token
log: unified
effect: missing
from: null
to: null
condition: >
  Some aggregated and background entries; REST clients of 2021 to 2023; everything before July 2025 for the token.
recognise: >
  Mail accesses without session and token identifier.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'mail_accesses' AS table_name, row_id, time
FROM mail_accesses
WHERE session_id IS NULL AND aad_session_id IS NULL AND unique_token_id IS NULL
