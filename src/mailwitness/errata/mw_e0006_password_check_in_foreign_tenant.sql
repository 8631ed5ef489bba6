/*
id: MW-E0006
title: A password tested against a foreign tenant leaves no row
log: signins
effect: missing
from: null
to: 2024-06-30
condition: >
  Found in August 2023 and fixed later (known as GraphNinja): a password check against the identifier of another tenant
  made no row in the victim's tenant. No token was issued.
recognise: >
  Not to be seen in data.
doubt: >
  Read in secondary reports only; the end of the window is an assumption.
claims: [accuracy, provenance]
confidence: reported
checked: 2026-11-25
sources:
  - ubos.tech, 2026-03-20
  - nebelwolfi.xyz, 2026-03-20
*/
