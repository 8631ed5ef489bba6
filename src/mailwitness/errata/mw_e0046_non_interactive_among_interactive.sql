/*
id: MW-E0046
title: Some rows among the interactive ones are not
log: signins
effect: ambiguous
from: null
to: null
condition: >
  FIDO2 and old Exchange clients: a row is marked interactive and is a token refresh.
recognise: >
  Not to be told apart with certainty.
claims: [accuracy, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-interactive-sign-ins
*/
