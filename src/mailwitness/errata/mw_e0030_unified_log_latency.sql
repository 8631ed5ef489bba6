/*
id: MW-E0030
title: A record may come a day later
log: unified
effect: delayed
from: null
to: null
condition: >
  Permanent: typically 60 to 90 minutes for core services, without a promise; up to 24 hours is quoted.
recognise: >
  Nothing within a day of the export is proof of absence.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/troubleshooting-the-office-365-management-activity-api.md
*/
