/*
row: >
  one thing that keeps one credential from being judged, with the evidence that would take it away. A credential whose issue no log of this case could show has the reason
  why; one that a log could show has each log that is not proven whole.
nulls: each thing that is unknown is an obstacle of its own.
*/
WITH seeking AS (
    SELECT
        access_id, subject_kind, standing, client, app, issued_at, issue_hour, is_issue_disputed, is_foreign, is_home, is_outside, is_service,
        service_doubt, by_user, by_app, is_entra_session, session_row, refused_row, refused_session_row, folded_row, doubtful_row, is_shown, is_logged, is_vague,
        is_collected_whole, is_whole, COALESCE(REPLACE(CAST(issued_at AS TEXT), ' ', 'T') || 'Z', 'an unknown time') AS issued
    FROM standings
    WHERE standing IN ('refused', 'session_known', 'open')
)
SELECT
    access_id, 'signin_not_granted' AS code,
    'The sign-ins that carry this credential''s identifier are recorded as refused or interrupted.' AS sentence,
    'The same sign-ins exported again a day later, with their error codes, would decide it.' AS would_decide,
    'signins' AS table_name, COALESCE(refused_row, refused_session_row) AS row_id, 'refused sign-in' AS role
FROM seeking
WHERE standing = 'refused'
UNION ALL
SELECT
    access_id, 'session_known_only',
    CASE WHEN is_whole THEN 'The session of this token has sign-ins in this case, the token itself has none, though every log that could hold it is proven whole around its issue: the service renewed it by itself within the session (Outlook on the web can), or it was made by someone who knew the session.'
         ELSE 'The session of this token has sign-ins in this case; the sign-in that issued this token itself is not among them.' END,
    CASE WHEN is_whole THEN 'The OWAAuth records of the unified log, or Microsoft''s own issuing log, would decide it.'
         ELSE 'The sign-in that issued it, of about ' || issued || ', would decide it.' END,
    'signins', session_row, 'sign-in of the session'
FROM seeking
WHERE standing = 'session_known' AND subject_kind = 'token'
UNION ALL
SELECT
    access_id, 'session_seen_later',
    'Sign-ins of this case carry this session, the first of them after the last access: the sign-in that opened it is not among them.',
    'The sign-ins of this user of the 90 days before the first access would decide it.', 'signins', session_row, 'later sign-in of the session'
FROM seeking
WHERE standing = 'session_known' AND subject_kind = 'session'
UNION ALL
SELECT
    s.access_id,
    CASE f.state WHEN 'not_collected' THEN 'feed_not_collected' WHEN 'before' THEN 'issued_before_window'
                 WHEN 'issue_time_unknown' THEN 'issue_time_unknown' ELSE 'late_or_lost' END,
    CASE f.state
        WHEN 'not_collected' THEN 'The log of ' || f.title || ' is not in this case, and the sign-in could stand there.'
        WHEN 'before' THEN 'The token was issued before the log of ' || f.title || ' of this case begins.'
        WHEN 'issue_time_unknown' THEN CASE WHEN s.is_issue_disputed THEN 'The records disagree on when the credential was issued, or say that it was after its first use, so no stretch of a log can be shown to be without its sign-in.'
                                            ELSE 'No record says when the credential was issued, so no stretch of a log can be shown to be without its sign-in.' END
        WHEN 'late' THEN 'The log of ' || f.title || ' was collected less than a day after the token was issued; records may have come later.'
        WHEN 'lost' THEN 'Microsoft lost sign-in records of its own at the time of issue (MW-E0013).'
        ELSE 'The log of ' || f.title || ' is not proven to be whole in this case around the time of issue.' END,
    CASE f.state
        WHEN 'issue_time_unknown' THEN 'Mail-access records with IssuedAtTime in their AppAccessContext would decide it.'
        WHEN 'lost' THEN 'A copy of the sign-in logs fetched from Microsoft Graph at that time would decide it.'
        ELSE 'An export of ' || f.title || ' of ' || s.issued || ', with a statement that it is whole, would decide it.' END,
    NULL, NULL, NULL
FROM seeking AS s
JOIN issue_feeds AS f ON f.hour IS NOT DISTINCT FROM s.issue_hour
WHERE s.standing IN ('session_known', 'open') AND f.state <> 'whole' AND ((f.holds = 'user' AND s.by_user) OR (f.holds = 'app' AND s.by_app))
UNION ALL
SELECT
    access_id, 'identifier_withheld',
    'Sign-ins of about the time of issue do not say which token or session was theirs, or stand for several (MW-E0040): this one may be among them.',
    'The same sign-ins from Microsoft Graph (beta) or the diagnostic settings, with uniqueTokenIdentifier and sessionId, would decide it.',
    NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND is_collected_whole AND is_vague
UNION ALL
SELECT
    access_id, 'identifier_case_differs',
    'A sign-in has this token identifier but for upper and lower case, which count: an export may have changed them.',
    'The records as Microsoft wrote them would decide it.',
    'signins', folded_row, 'sign-in with another writing'
FROM seeking
WHERE standing = 'open' AND folded_row IS NOT NULL
UNION ALL
SELECT
    access_id, 'doubtful_elsewhere',
    'Records of this token outside what was asked for name a server of Microsoft''s, no address, another tenant or another time of issue.',
    'The same question without an actor or a time says what they leave open.', 'mail_accesses', doubtful_row, 'record outside the question'
FROM seeking
WHERE standing = 'open' AND doubtful_row IS NOT NULL
UNION ALL
SELECT
    s.access_id, 'several_tenants',
    'The case holds logs of more than one tenant, and no statement of a collection says of which tenant it is: no log is proven whole.',
    'A case for each tenant, with its own logs and statements, would decide it.', NULL, NULL, NULL
FROM seeking AS s
JOIN (SELECT COUNT(*) AS tenants FROM case_tenants) AS t ON t.tenants > 1
WHERE s.standing = 'open'
UNION ALL
SELECT
    access_id, 'foreign_tenant',
    'The records speak of a user or token of another tenant: its sign-in lies in the logs of that tenant.',
    'The sign-in logs of the home tenant would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND is_foreign
UNION ALL
SELECT
    access_id, 'tenant_unknown',
    'The records do not say which tenant the user and the token are of; the sign-in may lie in another one.',
    'Mail-access records with ExternalAccess or TokenTenantId would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND NOT is_foreign AND NOT is_home
UNION ALL
SELECT
    access_id, CASE WHEN service_doubt IS NOT NULL THEN 'unlisted_service_client' ELSE 'actor_token' END,
    COALESCE(service_doubt, 'The access came from a Microsoft server, from no recorded address, or as a service: what Microsoft''s services make for each other (actor tokens) is logged nowhere (MW-E0012).'),
    'Microsoft''s own issuing log would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND (service_doubt IS NOT NULL OR is_service OR NOT is_outside)
UNION ALL
SELECT
    access_id, 'application_not_logged',
    'The application may have acted for itself, and no sign-in of it for itself is in this case: those of Microsoft''s own applications are never logged (MW-E0047).',
    'The owner of the application''s service principal (Get-MgServicePrincipal) and its sign-ins would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND is_collected_whole AND NOT is_logged
UNION ALL
SELECT
    access_id, 'join_not_shown',
    'No credential of this kind of client is found in any sign-in of this case, so it is not shown that its identifiers stand there at all.',
    'Sign-ins of a time in which such a client is known to have been used properly would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND is_collected_whole AND NOT is_shown
UNION ALL
SELECT
    access_id, 'desktop_cache',
    'Outlook on a desktop: such sessions often have no logon of their own, for they are renewed silently and work from a cache.',
    'Non-interactive sign-ins of the 90 days before the first access would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND subject_kind = 'session' AND client = 'outlook_desktop'
UNION ALL
SELECT
    access_id, 'session_not_of_entra',
    'The records name a session of the mailbox and none of Entra ID; it is not shown that sign-ins would carry it.',
    'Mail-access records with AADSessionId or UniqueTokenId in their AppAccessContext would decide it.', NULL, NULL, NULL
FROM seeking
WHERE standing = 'open' AND subject_kind = 'session' AND is_collected_whole AND NOT is_entra_session
