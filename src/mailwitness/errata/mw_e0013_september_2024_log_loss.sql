/*
id: MW-E0013
title: Microsoft lost logs of its own in September 2024
log: signins
effect: missing
from: 2024-09-02
to: 2024-10-03
condition: >
  From 2024-09-02 about 23:00 UTC to 2024-09-19, some services to 2024-10-03: sign-ins and activity that pass through
  Azure Monitor to Sentinel, Purview and Defender were partly lost for good. Affected tenants were told.
recognise: >
  A dip in hourly volume against a copy fetched from Graph directly.
claims: [coverage, provenance]
confidence: established
checked: 2026-11-25
sources:
  - helpnetsecurity.com, 2024-10-18
  - bleepingcomputer.com, 2024-10
*/
