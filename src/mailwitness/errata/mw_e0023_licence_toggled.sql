/*
id: MW-E0023
title: Premium auditing taken from a user before the mail was read
log: unified
effect: missing
from: null
to: null
condition: >
  Reported in August 2022 of APT29: the service plan Microsoft 365 Advanced Auditing was disabled on targets before
  collection began.
recognise: >
  A licence change that disables the plan, or an interval without it.
claims: [coverage, exposure]
confidence: reported
checked: 2026-11-25
sources:
  - https://www.mandiant.com/resources/blog/apt29-continues-targeting-microsoft (2022-08-18)
*/
SELECT 'licences' AS table_name, l.row_id, l.valid_to AS time
FROM licences AS l
WHERE LOWER(l.service_plan_id) = '2f442157-a11c-46b9-ae5b-6e39ff4e5849' AND l.valid_to < TIMESTAMP '9999-01-01 00:00:00'
