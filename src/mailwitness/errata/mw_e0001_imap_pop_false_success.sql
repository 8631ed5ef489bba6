/*
id: MW-E0001
title: An IMAP or POP success in the sign-in log although the mailbox was closed to the protocol
log: signins
effect: false success
from: null
to: null
condition: >
  Seen and reproduced by responders in 2022: no Conditional Access policy blocks legacy authentication, IMAP and POP are
  disabled on the mailbox, and SMTP AUTH is allowed. Authentication comes before the mailbox's own protocol switch, and
  the sign-in log knows only authentication. Basic authentication for IMAP and POP ended in January 2023; the class
  lives on with OAuth.
recognise: >
  A success whose client app is IMAP or POP. Whether it is false needs the mailbox's switches of that moment and mail
  evidence: the accuracy questions weigh them.
doubt: >
  The responders' own table of cases was not read; the conditions are as a news article quotes them.
claims: [accuracy]
confidence: reported
checked: 2026-11-25
sources:
  - https://www.crowdstrike.com/blog/crowdstrike-services-identifies-logging-inconsistencies-in-microsoft-365
  - https://www.techtarget.com/searchsecurity/news/252515473
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE error_code = 0 AND LOWER(client_app_used) IN ('imap4', 'imap', 'pop3', 'pop')
