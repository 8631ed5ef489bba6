/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Which recommendations does no log answer? They are listed so that the page is whole, each with what shows it.
nulls: nothing is read, so nothing is decided.
title: Recommendations that only people can answer for
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
*/
SELECT
    'cisa-logs-searchable' AS subject, 'The people who hunt can search the logs themselves' AS title, 'none' AS basis, 'people_must_answer' AS code, 'open' AS stance,
    'A log does not show who can search it, and whether it also reaches a platform in which they hunt.' AS sentence,
    'Whoever runs security operations: where the unified audit log and the sign-in logs are sent, and who can query them there.' AS would_decide
UNION ALL
SELECT
    'cisa-admin-accounts-separate', 'Administrators have accounts of their own for it', 'none', 'people_must_answer', 'open',
    'A log does not show which person is behind two accounts.',
    'Get-MgDirectoryRole with its members, read by somebody who knows which of these accounts people also read mail with.'
UNION ALL
SELECT
    'cisa-provider-responsibilities', 'It is agreed what the cloud provider watches and reports', 'none', 'people_must_answer', 'open',
    'A log does not show what was agreed with the provider. Of a misused signing key only the provider has logs.',
    'The contract: security controls, logs handed over, monitoring, and notice of incidents.'
