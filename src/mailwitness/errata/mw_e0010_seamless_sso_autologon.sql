/*
id: MW-E0010
title: Password guesses at the seamless single sign-on endpoint leave no row
log: signins
effect: missing
from: null
to: null
condition: >
  Reported in June 2021 and called by design: guesses at the usernamemixed endpoint made no row in the tenant.
recognise: >
  Not to be seen in data.
doubt: >
  Whether logging changed later was not verified.
claims: [accuracy]
confidence: reported
checked: 2026-11-25
sources:
  - secureworks.com, 2021-09-30
*/
