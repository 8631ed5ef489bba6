/*
id: MW-E0031
title: Blobs of the Management API come in no order
log: collection
effect: delayed
from: null
to: null
condition: >
  Permanent: the time of a blob is not that of its events; the first come up to 12 hours after a subscription starts;
  content lasts 7 days; stopping a subscription loses the time between.
recognise: >
  Gaps in the times at which content was created.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-reference.md
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/troubleshooting-the-office-365-management-activity-api.md
*/
