/*
claim: the credential behind this mail access was issued by a recorded sign-in
pillar: provenance
subject: token
question: >
  Was each token with which a mailbox was read issued by a sign-in that is in this case? A token made with a stolen key works, and no log has its issue
  (Storm-0558). The token identifier decides; without one the session. That a sign-in is missing counts only where every log that could hold it
  is proven whole around the issue, and a token of the same kind of client is found there, so that the identifiers are known to meet.
nulls: >
  without an issue time, an address, a tenant, or the identifiers themselves nothing is contradicted; a session of a token whose own sign-in is missing
  supports nothing about the token.
title: Credentials without a recorded sign-in
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
  signins: Interactive and non-interactive sign-in logs, and those of service principals and managed identities, would decide it.
sources:
  - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
  - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
  - https://azuread.github.io/MSIdentityTools/commands/ConvertFrom-MsIdUniqueTokenIdentifier
  - https://learn.microsoft.com/entra/identity-platform/access-tokens
*/
WITH said AS (
    SELECT
        access_id, 'token_recorded' AS code, 'for' AS stance, 'record' AS basis, 'A sign-in carries the identifier of this very token.' AS sentence,
        NULL AS would_decide, 'signins' AS table_name, token_row AS row_id, 'issuing sign-in' AS role
    FROM standings
    WHERE standing = 'recorded' AND token_row IS NOT NULL
    UNION ALL
    SELECT
        access_id, 'token_decoded', 'for', 'record',
        'The token identifier, decoded, is the id of this sign-in. That the identifier is the issuing request''s id is documented for sign-ins and inferred for mail records.',
        NULL, 'signins', request_row, 'issuing sign-in'
    FROM standings
    WHERE standing = 'recorded' AND token_row IS NULL AND request_row IS NOT NULL
    UNION ALL
    SELECT
        access_id, 'session_recorded', 'for', 'record',
        'Sign-ins carry this session. The records name no token, so which token of the session it was is not known.'
            || CASE WHEN is_session_older THEN ' The first of them came after the first access: the sign-in that opened the session is not in this case.' ELSE '' END,
        NULL, 'signins',
        session_row, 'sign-in of the session'
    FROM standings
    WHERE standing = 'recorded' AND subject_kind = 'session'
    UNION ALL
    SELECT
        s.access_id, 'no_signin_issued_it', 'against', 'absence',
        CASE WHEN s.subject_kind = 'token' THEN 'No sign-in carries this token' ELSE 'No sign-in carries this session' END
            || ', though every log that could hold its issue at ' || REPLACE(CAST(s.issued_at AS TEXT), ' ', 'T')
            || 'Z is proven whole, and other credentials of such clients are found there. Who made it is not said: a key outside the identity provider (as in MW-E0011), a service of Microsoft''s for itself (MW-E0012) or a defect that left the row out (MW-E0008, MW-E0009) would look the same.',
        NULL, 'collection_windows', f.row_id, f.feed
    FROM standings AS s
    JOIN feed_stretches AS f
      ON f.valid_from <= s.issued_at AND f.valid_to > s.issued_at
     AND ((s.by_user AND f.feed IN ('signins_interactive', 'signins_non_interactive'))
          OR (s.by_app AND f.feed IN ('signins_service_principal', 'signins_managed_identity')))
    WHERE s.standing = 'unissued'
    UNION ALL
    SELECT access_id, code, 'open', 'none', sentence, would_decide, table_name, row_id, role
    FROM obstacles
    UNION ALL
    SELECT
        access_id, 'service_background', 'open', 'none',
        'Background work of Microsoft''s own service: no session, the service''s own client and address. Such tokens are logged nowhere.',
        'Microsoft''s own issuing log would decide it.', NULL, NULL, NULL
    FROM standings
    WHERE standing = 'background'
    UNION ALL
    SELECT
        access_id, 'legacy_protocol', 'open', 'none', 'A mail protocol whose records name neither token nor session: with a password there is no token.',
        'The sign-ins of this user and address at the time of each access would decide it.', NULL, NULL, NULL
    FROM standings
    WHERE standing = 'nameless' AND is_legacy
    UNION ALL
    SELECT
        access_id, 'unlisted_service_client', 'open', 'none', service_doubt, 'The records as Microsoft wrote them, with AppAccessContext, would decide it.',
        NULL, NULL, NULL
    FROM standings
    WHERE standing = 'nameless' AND service_doubt IS NOT NULL
    UNION ALL
    SELECT
        access_id, 'aggregated_record', 'open', 'none', 'Records that gather several accesses name neither token nor session (MW-E0053).',
        'The records as Microsoft wrote them, with AppAccessContext, would decide it.', NULL, NULL, NULL
    FROM standings
    WHERE standing = 'nameless' AND is_aggregated
    UNION ALL
    SELECT
        access_id, 'no_identifier', 'open', 'none',
        'The records name neither token nor session: they are older than July 2025, or an export left it out (MW-E0053).',
        'The records as Microsoft wrote them, with AppAccessContext, would decide it.', NULL, NULL, NULL
    FROM standings
    WHERE standing = 'nameless' AND is_plain
    UNION ALL
    SELECT
        access_id, CASE WHEN is_recent THEN 'recent_signin_fits' ELSE 'address_fits' END, 'open', 'none',
        CASE WHEN is_recent THEN 'Plausible: the same user signed in from an address of these accesses within 28 hours before the first. That does not tie this credential to it.'
             ELSE 'The same user has signed in from an address of these accesses at some time. That does not tie this credential to it.' END,
        NULL, 'signins', row_id, 'sign-in from the same address'
    FROM plausible_origins
)
SELECT
    s.subject_kind, s.subject, s.mailbox, s.actor, s.actor_kind, s.accessed_as, s.first_time AS time_from, s.last_time AS time_to, r.basis,
    CASE WHEN s.standing = 'unissued' THEN 'high' END AS severity,
    CASE s.standing
        WHEN 'background' THEN 'Background work of Microsoft''s own service'
        WHEN 'nameless' THEN 'The records name no credential'
        WHEN 'recorded' THEN CASE WHEN s.subject_kind = 'token' THEN 'The token was issued by a recorded sign-in' ELSE 'The session was opened by a recorded sign-in' END
        WHEN 'unissued' THEN 'No recorded sign-in issued this credential'
        WHEN 'session_known' THEN CASE WHEN s.subject_kind = 'token' THEN 'The session is known, the sign-in of this token is not'
                                       ELSE 'The session is known, the sign-in that opened it is not' END
        WHEN 'refused' THEN 'Only refused sign-ins carry this credential'
        ELSE 'The sign-in of this credential is not in the case' END AS title,
    r.code, r.stance, r.sentence, r.would_decide, r.table_name, r.row_id, r.role, 'mail_accesses' AS within_table, s.access_id AS within_row_id
FROM standings AS s
JOIN said AS r ON r.access_id = s.access_id
