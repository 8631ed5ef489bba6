/*
id: MW-E0008
title: A token issued without a row, by a repeated scope
log: signins
effect: missing
from: null
to: 2025-12-31
condition: >
  Found in November 2025, fixed within weeks, told in March 2026 (known as GraphGoblin): an oversize scope parameter
  made the row vanish while the token was issued.
recognise: >
  A mail access or Graph request whose token no sign-in stream holds, while the streams of that time are proven
  complete: the provenance questions.
doubt: >
  Read in secondary reports only; when it began is not known, and the end of the window is an assumption.
claims: [provenance]
confidence: reported
checked: 2026-11-25
sources:
  - ubos.tech, 2026-03-20
  - nebelwolfi.xyz, 2026-03-20
*/
