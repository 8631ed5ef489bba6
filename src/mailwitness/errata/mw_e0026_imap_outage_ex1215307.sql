/*
id: MW-E0026
title: IMAP refused after a valid logon in outage EX1215307
log: signins
effect: ambiguous
from: 2026-01-07
to: 2026-01-14
condition: >
  From 2026-01-07 or 08, 23:35 UTC: a conflict in the configuration of IMAP authentication; logons may succeed and IMAP
  fail.
recognise: >
  IMAP successes of these days without mail.
doubt: >
  When it ended was not verified; a week is assumed.
claims: [accuracy]
confidence: reported
checked: 2026-11-25
sources:
  - anavem.com, 2026-01
  - pulse.bot (copy of BleepingComputer), 2026-01
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE error_code = 0 AND LOWER(client_app_used) IN ('imap4', 'imap') AND time >= TIMESTAMP '2026-01-07 23:35:00' AND time < TIMESTAMP '2026-01-15 00:00:00'
