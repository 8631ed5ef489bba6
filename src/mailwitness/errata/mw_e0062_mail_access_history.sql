/*
id: MW-E0062
title: Mail-access records were paused in 2019
log: unified
effect: missing
from: 2019-03-01
to: 2020-03-31
condition: >
  Launched in January 2019, paused in March 2019, back in the first quarter of 2020.
recognise: >
  No mail access of that time proves nothing.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - office365itpros.com, 2020-03-06
*/
