/*
id: MW-E0050
title: A place is a guess from an address
log: signins
effect: misattributed
from: null
to: null
condition: >
  Permanent: VPN, mobile pools and central egress put a person elsewhere.
recognise: >
  By design.
claims: [detection]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
*/
