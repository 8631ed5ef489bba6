/*
id: MW-E0011
title: Mail read with forged tokens that no log issued
log: signins
effect: missing
from: 2023-05-15
to: 2023-07-31
condition: >
  From 2023-05-15 to mid-June or July 2023: tokens signed with a stolen consumer key read mail in Exchange Online. The
  identity provider's logs hold nothing of them.
recognise: >
  A mail access whose token and session no sign-in stream holds, with an application that never read mail in this
  tenant: the provenance questions.
claims: [provenance, exposure]
confidence: established
checked: 2026-11-25
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
*/
