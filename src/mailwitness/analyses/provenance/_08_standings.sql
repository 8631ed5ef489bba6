/*
row: >
  one credential with where it stands. standing: background; nameless (no record names a token or session); recorded (a granted sign-in has its
  token, or for want of a token its session, not first after the last access, with an hour for clocks); refused (only refused sign-ins have it); session_known (its session has sign-ins, its token none, or
  only later ones);
  unissued (no sign-in has it, though every log that could hold one is proven whole and nothing else explains it); open.
  is_whole: every log that could hold the sign-in is proven whole around the issue and says of each sign-in whose it was. is_shown: credentials of the same kind of
  client are in the sign-ins of this case. is_logged: sign-ins of the application for itself are in the case, so it is none whose are never logged (MW-E0047).
nulls: whatever is unknown of the issue, the tenant, the address or the logs keeps a credential from being unissued.
kept: true
*/
WITH holding AS (
    SELECT
        hour, BOOL_AND(state = 'whole') AS is_whole,
        BOOL_AND(state = 'whole' OR holds = 'app') AS is_whole_for_users, BOOL_AND(state = 'whole' OR holds = 'user') AS is_whole_for_apps,
        BOOL_OR(is_without_token AND holds = 'user') AS is_user_vague, BOOL_OR(is_without_token AND holds = 'app') AS is_app_vague,
        BOOL_OR(is_without_session AND holds = 'user') AS is_session_vague
    FROM issue_feeds
    GROUP BY hour
),
logged AS (
    SELECT DISTINCT LOWER(app_id) AS app
    FROM signins
    WHERE stream IN ('service_principal', 'managed_identity') AND app_id IS NOT NULL
),
weighed AS (
    SELECT
        c.mailbox, c.subject_kind, c.subject, c.actor, c.actor_kind, c.is_background, c.accessed_as, c.access_id, c.first_time, c.last_time,
        c.app, c.client, c.client_ip, c.last_client_ip, c.user_id, c.issued_at, c.issue_hour, c.is_issue_disputed, c.is_foreign, c.is_home,
        c.is_outside, c.is_service, c.service_doubt, c.by_user, c.by_app, c.is_legacy, c.is_aggregated, c.is_plain,
        c.entra_session IS NOT NULL AS is_entra_session,
        token.row_id AS token_row, request.row_id AS request_row, COALESCE(session.row_id, entra.row_id) AS session_row,
        COALESCE(LEAST(session.granted_from, entra.granted_from) > c.last_time + INTERVAL '1' HOUR, FALSE) AS is_session_later,
        COALESCE(LEAST(session.granted_from, entra.granted_from) > c.first_time + INTERVAL '1' HOUR, FALSE) AS is_session_older,
        COALESCE(token.a_row_id, request.a_row_id) AS refused_row, COALESCE(session.a_row_id, entra.a_row_id) AS refused_session_row,
        folded.a_row_id AS folded_row, d.row_id AS doubtful_row,
        k.client IS NOT NULL AND l.client IS NOT NULL AS is_shown, NOT c.by_app OR own.app IS NOT NULL AS is_logged,
        COALESCE((h.is_whole_for_users OR NOT c.by_user) AND (h.is_whole_for_apps OR NOT c.by_app), FALSE) AS is_collected_whole,
        CASE WHEN c.subject_kind = 'session' THEN c.by_app OR h.is_session_vague
             ELSE (c.by_user AND h.is_user_vague) OR (c.by_app AND h.is_app_vague) END AS is_vague
    FROM credentials AS c
    LEFT JOIN recorded_identifiers AS token ON c.subject_kind = 'token' AND token.kind = 'token' AND token.identifier = c.subject
    LEFT JOIN recorded_identifiers AS request ON c.subject_kind = 'token' AND request.kind = 'request' AND request.identifier = c.request_id
    LEFT JOIN recorded_identifiers AS session ON session.kind = 'session' AND session.identifier = c.session
    LEFT JOIN recorded_identifiers AS entra ON entra.kind = 'session' AND entra.identifier = c.entra_session
    LEFT JOIN recorded_identifiers AS folded
      ON c.subject_kind = 'token' AND folded.kind = 'folded' AND folded.identifier = LOWER(c.subject)
    LEFT JOIN token_doubts AS d ON c.subject_kind = 'token' AND d.token = c.subject AND d.mailbox = c.mailbox
    LEFT JOIN holding AS h ON h.hour = c.issue_hour
    LEFT JOIN shown_clients AS k ON k.kind = c.subject_kind AND k.client = c.client
    LEFT JOIN shown_clients AS l ON l.kind = c.subject_kind AND l.client = c.last_client
    LEFT JOIN logged AS own ON own.app = c.app
)
SELECT
    mailbox, subject_kind, subject, actor, actor_kind, accessed_as, access_id, first_time, last_time, app, client, client_ip, last_client_ip,
    user_id, issued_at, issue_hour, is_issue_disputed, is_foreign, is_home, is_outside, is_service, service_doubt, by_user, by_app, is_legacy,
    is_aggregated, is_plain, is_entra_session, is_session_older, token_row, request_row, session_row, refused_row, refused_session_row, folded_row, doubtful_row, is_shown,
    is_logged, is_collected_whole, is_vague, is_collected_whole AND NOT is_vague AS is_whole,
    CASE WHEN is_background THEN 'background'
         WHEN subject_kind IN ('app', 'user') THEN 'nameless'
         WHEN token_row IS NOT NULL OR request_row IS NOT NULL THEN 'recorded'
         WHEN subject_kind = 'session' AND session_row IS NOT NULL AND NOT is_session_later THEN 'recorded'
         WHEN refused_row IS NOT NULL OR (session_row IS NULL AND refused_session_row IS NOT NULL) THEN 'refused'
         WHEN session_row IS NOT NULL THEN 'session_known'
         WHEN is_collected_whole AND NOT is_vague AND is_shown AND is_logged AND is_home AND is_outside AND NOT is_foreign
              AND NOT is_service AND service_doubt IS NULL AND folded_row IS NULL AND doubtful_row IS NULL
              AND (subject_kind = 'token' OR is_entra_session) THEN 'unissued'
         ELSE 'open' END AS standing
FROM weighed
