/*
row: >
  what closes one protocol without modern authentication, for one mailbox (scope mailbox) or for all (scope tenant), with what it would have stopped in this
  case: distinct sign-ins that succeeded and that failed, users, addresses, the first and the last. The commands are to be read before they are run: they
  stop whoever still uses the protocol. A mailbox's name stands in PowerShell's single quotes, its own quotes doubled.
nulls: a protocol without a switch or policy of its own has no command; a sign-in without a code counts as neither.
sources:
  - https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
  - https://learn.microsoft.com/powershell/module/exchangepowershell/new-authenticationpolicy
  - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication
*/
WITH labelled AS (
    SELECT
        COALESCE(LOWER(s.id), s.row_id) AS signin, s.time, LOWER(s.ip_address) AS address, s.error_code,
        LOWER(COALESCE(s.user_principal_name, s.user_id)) AS name, COALESCE(p.label, '(ropc)') AS label
    FROM signins AS s
    LEFT JOIN legacy_protocols AS p ON p.label = LOWER(TRIM(s.client_app_used))
    WHERE s.service_principal_id IS NULL
      AND (p.label IS NOT NULL
           OR (LOWER(s.authentication_protocol) = 'ropc'
               AND COALESCE(LOWER(s.resource_id) = '00000002-0000-0ff1-ce00-000000000000',
                            LOWER(s.resource_display_name) LIKE '%exchange%', TRUE)))
),
used AS (
    SELECT
        p.protocol, COALESCE(n.mailbox, l.name) AS person, l.signin, MIN(l.time) AS time_from, MAX(l.time) AS time_to, MIN(l.address) AS address,
        BOOL_OR(l.error_code = 0) AS succeeded, BOOL_OR(l.error_code <> 0) AS failed
    FROM labelled AS l
    JOIN legacy_protocols AS p ON p.label = l.label
    LEFT JOIN mailbox_names AS n ON n.name = l.name
    WHERE $mailbox IS NULL OR l.name IN (SELECT name FROM asked_names WHERE part = 'mailbox')
    GROUP BY p.protocol, COALESCE(n.mailbox, l.name), l.signin
),
counted AS (
    SELECT
        'mailbox' AS scope, protocol, person, SUM(CASE WHEN succeeded THEN 1 ELSE 0 END) AS successes,
        SUM(CASE WHEN failed AND succeeded IS NOT TRUE THEN 1 ELSE 0 END) AS failures, 1 AS users, COUNT(DISTINCT address) AS addresses,
        MIN(time_from) AS time_from, MAX(time_to) AS time_to
    FROM used
    WHERE person IS NOT NULL
    GROUP BY protocol, person
    UNION ALL
    SELECT
        'tenant' AS scope, protocol, NULL AS person, SUM(CASE WHEN succeeded THEN 1 ELSE 0 END) AS successes,
        SUM(CASE WHEN failed AND succeeded IS NOT TRUE THEN 1 ELSE 0 END) AS failures, COUNT(DISTINCT person) AS users, COUNT(DISTINCT address) AS addresses,
        MIN(time_from) AS time_from, MAX(time_to) AS time_to
    FROM used
    GROUP BY protocol
),
means AS (
    SELECT protocol, MIN(switch) AS switch, MIN(mailbox_parameter) AS mailbox_parameter, MIN(policy_parameter) AS policy_parameter
    FROM legacy_protocols
    GROUP BY protocol
),
quoted AS (
    SELECT
        c.scope, c.protocol, c.person, c.successes, c.failures, c.users, c.addresses, c.time_from, c.time_to, m.switch, m.mailbox_parameter, m.policy_parameter,
        '''' || REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(c.person, '''', ''''''), '‘', '‘‘'), '’', '’’'), '‚', '‚‚'), '‛', '‛‛') || '''' AS identity
    FROM counted AS c
    JOIN means AS m ON m.protocol = c.protocol
)
SELECT
    scope, person AS mailbox, protocol, switch, successes, failures, users, addresses, time_from, time_to,
    CASE WHEN mailbox_parameter IS NULL THEN NULL
         WHEN scope = 'mailbox' THEN 'Set-CASMailbox -Identity ' || identity || ' ' || mailbox_parameter
         WHEN switch = 'smtp_client_authentication_disabled' THEN 'Set-TransportConfig -SmtpClientAuthenticationDisabled $true'
         ELSE 'Get-CASMailbox -ResultSize Unlimited | Set-CASMailbox ' || mailbox_parameter END AS exchange_command,
    CASE WHEN policy_parameter IS NULL THEN NULL
         WHEN scope = 'mailbox' THEN 'Set-User -Identity ' || identity || ' -AuthenticationPolicy ''Block basic authentication'''
         ELSE 'New-AuthenticationPolicy -Name ''Block basic authentication'' -' || policy_parameter || ':$false; Set-OrganizationConfig -DefaultAuthenticationPolicy ''Block basic authentication''' END
        AS policy_command,
    CASE protocol
         WHEN 'Password grant (ROPC)'
         THEN 'Conditional Access: require multifactor authentication of all users for all resources; a password grant cannot answer it. First in report-only mode, emergency accounts excluded.'
         ELSE 'Conditional Access: block all users for all resources where the client app is Exchange ActiveSync or Other clients. First in report-only mode, emergency accounts excluded.' END
        AS conditional_access
FROM quoted
