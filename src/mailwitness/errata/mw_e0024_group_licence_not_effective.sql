/*
id: MW-E0024
title: A plan assigned through a group shows as enabled and records nothing
log: unified
effect: missing
from: null
to: null
condition: >
  A group-based licence assigned before the auditing plan existed: the plan must be switched off and on for the group.
recognise: >
  The plan is enabled and the mailbox has no mail-access record at all: the coverage questions.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-get-started
  - hassananees.com, 2025-09-13
*/
