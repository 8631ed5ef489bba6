/*
id: MW-E0009
title: A token issued without a row, by a user agent of 50,000 characters
log: signins
effect: missing
from: null
to: 2025-12-31
condition: >
  Found in October 2025, fixed, told in March 2026: a very long user agent made the row vanish while the token was
  issued.
recognise: >
  As MW-E0008.
doubt: >
  Read in secondary reports only; when it began is not known, and the end of the window is an assumption.
claims: [provenance]
confidence: reported
checked: 2026-11-25
sources:
  - ubos.tech, 2026-03-20
  - nebelwolfi.xyz, 2026-03-20
*/
