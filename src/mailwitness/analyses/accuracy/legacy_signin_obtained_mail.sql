/*
claim: this logged success obtained mail
pillar: accuracy
subject: signin
question: >
  A sign-in row says that a client with a protocol of old (IMAP, POP, Exchange ActiveSync, EWS, MAPI, …, or a password grant) succeeded. Was mail obtained?
  Exchange asks whether the mailbox is open to the protocol only after the identity provider has said success, so the row is evidence
  of the credential and not of mail. For: a mail access of the protocol's client that belongs to this sign-in, by its token or by the
  address. Against: the protocol was proven off on the mailbox at that moment; or the protocol cannot read mail; or no such access is recorded
  where it would have been, for a day. Whatever the verdict, the credential was right: that is a claim of its own (first_factor_proved).
nulls: >
  an unknown switch, address, client, user or time leaves the claim open and never contradicts it; an unknown policy or value of SMTP AUTH is only told. A
  mailbox's own absence of records says nothing of other mailboxes that this user may open. A collection narrowed by time proves no day
  after its end.
title: Legacy success
needs:
  signins: The sign-in logs (interactive and non-interactive) of this time would decide it.
sources:
  - https://www.crowdstrike.com/blog/crowdstrike-services-identifies-logging-inconsistencies-in-microsoft-365
  - https://www.techtarget.com/searchsecurity/news/252515473
  - https://learn.microsoft.com/archive/blogs/exchangeteamjp/authentication-cache-for-exchange-online-and-outlook-2
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
WITH undecided AS (
    SELECT
        signin, protocol, client, switch, person, network, next_same, last_same, next_unclear, last_unclear, next_elsewhere, last_elsewhere,
        next_connected, last_connected, undated_row, time, is_person_known, has_same, has_unclear, has_elsewhere, has_connected, is_recorded, is_blind,
        is_throttled, is_unread, is_late, is_in_outage, is_off, is_on, has_failed_policy, setting_row,
        time IS NOT NULL AND is_person_known AND is_recorded AND NOT is_unread AND NOT is_late AND NOT has_same AND NOT has_unclear
            AND NOT has_elsewhere AND NOT has_connected AND undated_row IS NULL AS is_absent
    FROM legacy_facts
    WHERE reads_mail AND NOT has_mail AND NOT is_closed
),
reasons AS (
    SELECT
        m.signin, 'record' AS basis, CASE m.how WHEN 'token' THEN 'mail_by_token' ELSE 'mail_by_address' END AS code, 'for' AS stance,
        CASE m.how WHEN 'token' THEN 'A mail-access record names the token that this sign-in issued: mail was obtained.'
             ELSE CASE f.client WHEN '*' THEN 'An IMAP or POP client' ELSE 'A client of this protocol' END || ' obtained mail from the address of this sign-in, and no other sign-in in this case can stand behind it.' END AS sentence,
        NULL AS would_decide, 'mail_accesses' AS table_name, m.row_id, 'mail' AS role
    FROM signin_mail AS m
    JOIN legacy_facts AS f ON f.signin = m.signin
    UNION ALL
    SELECT
        signin, 'configuration', 'protocol_cannot_read', 'against',
        protocol || ' cannot read mail. The success proves the credential, and that it could be used to send, look up or administer (MW-E0001 is of the same class).',
        NULL, NULL, NULL, NULL
    FROM legacy_facts
    WHERE NOT reads_mail
    UNION ALL
    SELECT
        signin, 'configuration', 'protocol_off', 'against',
        protocol || ' was switched off on this mailbox at that moment, so the connection was refused after the logon that the row tells of (MW-E0001). Of the published conditions: '
            || smtp_said || '; ' || policies_said || '.',
        NULL, 'setting_observations', setting_row, 'setting'
    FROM legacy_facts
    WHERE is_closed
    UNION ALL
    SELECT
        signin, 'none', 'mail_while_off', 'open', 'A client of this protocol was let in to this mailbox while the settings say that it was off: settings or records are wrong.',
        'The raw records of both, and the Set-CASMailbox records of this mailbox, would decide it.', let_in_table, let_in_row, 'let in'
    FROM legacy_facts
    WHERE is_closed AND is_discredited AND NOT has_mail
    UNION ALL
    SELECT
        f.signin, 'none', 'mail_after_off', 'open',
        'The protocol was off at that moment, but within a day its client obtained mail from the same address, and no sign-in of its own is known for that: Exchange may have used this one.',
        'Sign-in logs of this time, proven whole, would decide it.', a.table_name, a.row_id, 'mail'
    FROM legacy_facts AS f
    JOIN client_acts AS a
      ON a.person = f.person AND a.client = f.client AND a.network = f.network AND a.time = f.next_loose AND a.is_access AND a.is_certain
    WHERE f.is_closed AND f.has_loose_after AND NOT f.has_mail
    UNION ALL
    SELECT
        signin, 'absence', 'no_mail_recorded', 'against',
        'No mail access by this protocol is recorded for this user''s mailbox from just before the sign-in to a day after, and one would have been recorded and be in this case. A connection that fetched nothing is possible.',
        NULL, NULL, NULL, NULL
    FROM undecided
    WHERE is_absent
    UNION ALL
    SELECT
        u.signin, 'none', CASE WHEN u.client = '*' THEN 'mail_from_same_address' ELSE 'mail_shared_with_other_signins' END, 'open',
        CASE WHEN u.client = '*' THEN 'Mail was obtained from the address of this sign-in, and its label does not name the protocol that it used.'
             ELSE 'A client of this protocol obtained mail from this address near this time, and more than one sign-in can stand behind it, or one that the case lacks.' END,
        'Both sign-in logs of this time, proven whole, or records that name the token, would decide it.', a.table_name, a.row_id, 'mail'
    FROM undecided AS u
    JOIN client_acts AS a
      ON a.person = u.person AND a.client = u.client AND a.network = u.network AND a.is_access AND a.is_certain
     AND a.time = CASE WHEN u.next_same <= u.time + INTERVAL '24' HOUR THEN u.next_same ELSE u.last_same END
    WHERE u.has_same
    UNION ALL
    SELECT
        u.signin, 'none', 'mail_by_unknown_client', 'open', 'Mail was obtained, or a client was let in, near this time, and the record does not tell which client it was or its address.',
        'The raw records with ClientInfoString and ClientIPAddress would decide it.', a.table_name, a.row_id, 'mail'
    FROM undecided AS u
    JOIN client_acts AS a
      ON a.person = u.person AND a.client = u.client AND (NOT a.is_certain OR a.network IS NULL)
     AND a.time = CASE WHEN u.next_unclear <= u.time + INTERVAL '24' HOUR THEN u.next_unclear ELSE u.last_unclear END
    WHERE u.has_unclear
    UNION ALL
    SELECT
        u.signin, 'none', 'mail_by_protocol_from_elsewhere', 'open', 'A client of this protocol obtained mail of this user within a day, from another address, and no sign-in from there explains it.',
        'Both sign-in logs of this time would decide whose access it was.', a.table_name, a.row_id, 'mail'
    FROM undecided AS u
    JOIN client_acts AS a
      ON a.person = u.person AND a.client = u.client AND a.is_access AND a.is_certain
     AND a.time = CASE WHEN u.next_elsewhere <= u.time + INTERVAL '24' HOUR THEN u.next_elsewhere ELSE u.last_elsewhere END
    WHERE u.has_elsewhere AND NOT u.has_same
    UNION ALL
    SELECT
        u.signin, 'none', 'connected', 'open', 'A record shows that a client of this protocol was let in to the mailbox from this address. Whether it obtained mail is not recorded.',
        'Evidence of the client or the network (bytes received) would decide it.', a.table_name, a.row_id, 'let in'
    FROM undecided AS u
    JOIN client_acts AS a
      ON a.person = u.person AND a.client = u.client AND a.network = u.network AND NOT a.is_access
     AND a.time = CASE WHEN u.next_connected <= u.time + INTERVAL '24' HOUR THEN u.next_connected ELSE u.last_connected END
    WHERE u.has_connected
    UNION ALL
    SELECT signin, 'none', 'access_undated', 'open', 'An access that may be of this sign-in carries no time.', 'The raw record with its CreationTime would decide it.',
           'mail_accesses', undated_row, 'mail'
    FROM undecided
    WHERE undated_row IS NOT NULL
    UNION ALL
    SELECT signin, 'none', 'time_unknown', 'open', 'The sign-in carries no time.', 'The raw record with its createdDateTime would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE time IS NULL
    UNION ALL
    SELECT signin, 'none', 'user_unknown', 'open', 'The sign-in names no user, or a name that two share, so no mailbox can be looked at.',
           'The raw record with userPrincipalName and userId would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE NOT is_person_known
    UNION ALL
    SELECT signin, 'none', 'records_may_be_late', 'open', 'Less than two days passed between this sign-in and the moment this was asked as of: a day for mail, and a day for its record to come.',
           'A collection made later would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE is_late AND time IS NOT NULL
    UNION ALL
    SELECT signin, 'none', 'records_unread', 'open', 'A record of this time that may tell of a mail access could not be read whole.',
           'The same record from another export, whole, would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE is_unread
    UNION ALL
    SELECT
        signin, 'none', CASE WHEN is_blind THEN 'not_recorded' WHEN is_throttled THEN 'recording_degraded' ELSE 'coverage_unproven' END, 'open',
        CASE WHEN is_blind THEN 'Mail accesses of this mailbox were not recorded, or not collected, in some of the day after this sign-in.'
             WHEN is_throttled THEN 'Recording of this mailbox was or may have been throttled in some of the day after this sign-in.'
             ELSE 'Nothing proves that an access to this mailbox in the day after this sign-in would have been recorded and be in this case.' END,
        CASE WHEN is_blind OR is_throttled THEN 'Nothing in the audit log: what was not recorded stays unknown. Evidence of the client or the network would decide it.'
             ELSE 'A whole collection of the unified audit log from this time to a day after, and the audit settings of the mailbox, would decide it.' END,
        NULL, NULL, NULL
    FROM undecided
    WHERE NOT is_recorded AND time IS NOT NULL AND is_person_known AND NOT has_same
    UNION ALL
    SELECT signin, 'none', 'switched_nearby', 'open', protocol || ' was off at that moment, but not proven so for the hour before and after it, which a change can take to become effective.',
           'Set-CASMailbox records of these hours, in a log that is whole, would decide it.', 'setting_observations', setting_row, 'setting'
    FROM undecided
    WHERE is_off AND NOT is_absent
    UNION ALL
    SELECT signin, 'none', 'settings_unknown', 'open', 'Whether the mailbox was open to ' || protocol || ' at that moment is not proven.',
           'Get-CASMailbox, and the Set-CASMailbox records between it and this moment in a log without a gap, would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE switch IS NOT NULL AND NOT is_off AND NOT is_on AND NOT is_absent
    UNION ALL
    SELECT signin, 'none', 'protocol_outage', 'open', 'IMAP was refused after valid logons in the outage of these days (MW-E0026), whatever the settings.',
           'A proof that accesses of this day were recorded would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE is_in_outage AND NOT is_absent
    UNION ALL
    SELECT signin, 'none', 'success_despite_policy', 'open', 'The row says success, and shows a Conditional Access policy that the sign-in failed: it contradicts itself.',
           'The same sign-in from another export would decide it.', NULL, NULL, NULL
    FROM undecided
    WHERE has_failed_policy AND NOT is_absent
),
referred AS (
    SELECT signin, basis, code, stance, sentence, would_decide, table_name, row_id, role FROM reasons
    UNION ALL
    SELECT r.signin, r.basis, r.code, r.stance, r.sentence, r.would_decide, 'signins', f.row_id, 'signin'
    FROM reasons AS r
    JOIN legacy_facts AS f ON f.signin = r.signin
    UNION ALL
    SELECT r.signin, r.basis, r.code, r.stance, r.sentence, r.would_decide, 'signins', f.twin_row, 'same sign-in'
    FROM reasons AS r
    JOIN legacy_facts AS f ON f.signin = r.signin AND f.twin_row <> f.row_id
)
SELECT
    'signin' AS subject_kind, f.subject, f.person AS mailbox, f.person AS actor, 'user' AS actor_kind, f.time AS time_from, f.time AS time_to, r.basis,
    f.protocol || ' success' AS title, r.code, r.stance, r.sentence, r.would_decide, r.table_name, r.row_id, r.role
FROM referred AS r
JOIN legacy_facts AS f ON f.signin = r.signin
