"""Provenance: which credentials behind mail accesses were issued by a recorded sign-in, by which join, and which were not.

Reads the findings of provenance, the view ``provenance_gaps`` (the tenant's own rate of credentials without a sign-in) and, for how much
mail is concerned, the findings of exposure of the same mailbox and actor. Nothing is judged here.

Sources:
    - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
    - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
"""

from __future__ import annotations

from mailwitness.report.listing import Question, columns

ISSUED = "the credential behind this mail access was issued by a recorded sign-in"
ONE_NETWORK = "this session was used from one network at a time"

_TIERS = """CASE r.code
               WHEN 'token_recorded' THEN 'T1: a sign-in has the token itself'
               WHEN 'token_decoded' THEN 'T2: the token, decoded, is the id of a sign-in'
               WHEN 'session_recorded' THEN 'T3: sign-ins have the session'
               WHEN 'session_known_only' THEN 'T3: sign-ins have the session, not the token'
               WHEN 'recent_signin_fits' THEN 'T4: the same user and address signed in within 28 hours before'
               WHEN 'address_fits' THEN 'T5: the same user and address signed in at some time'
               ELSE 'none fits' END"""
"""The join by which a credential meets a sign-in, the strongest first, in words."""

TIERS = Question(
    "credentials",
    "Credentials behind mail accesses",
    "One row is one verdict and the best join of a credential to a sign-in. A credential is a token, or where records name none, a session, app or user.",
    columns("""
verdict      text  Verdict
tier         text  Best join to a sign-in
credentials  int   Credentials
mailboxes    int   Mailboxes
first        time  First use
last         time  Last use
"""),
    f"""
    WITH joined AS (
        SELECT f.finding_id, f.verdict, f.mailbox, f.time_from, f.time_to, min({_TIERS}) AS tier
        FROM findings AS f JOIN reasons AS r USING (finding_id) WHERE f.claim = '{ISSUED}' GROUP BY ALL
    )
    SELECT verdict, tier, count(*) AS credentials, count(DISTINCT mailbox) AS mailboxes, min(time_from) AS first, max(time_to) AS last
    FROM joined GROUP BY verdict, tier""",
    "CASE verdict WHEN 'contradicted' THEN 0 WHEN 'undecidable' THEN 1 ELSE 2 END, tier",
    "No mail access of this evidence was asked for its credential.",
)

UNISSUED = Question(
    "unissued",
    "Mail obtained with credentials that no recorded sign-in issued",
    "One row is one mailbox: the credentials without a sign-in though every log that could hold one is proven whole, the sessions or apps that used them, and "
    "what these obtained from the mailbox with whichever credential.",
    columns("""
mailbox      text  Mailbox
credentials  int   Credentials
actors       list  Sessions or apps
messages     int   Messages
folders      int   Folders synced
first        time  First use
last         time  Last use
"""),
    f"""
    WITH forged AS (
        SELECT mailbox, actor, count(*) AS credentials, min(time_from) AS first, max(time_to) AS last
        FROM findings WHERE claim = '{ISSUED}' AND verdict = 'contradicted' GROUP BY mailbox, actor
    ),
    used AS (
        SELECT mailbox, list_sort(list(actor)) AS actors, sum(credentials)::BIGINT AS credentials, min(first) AS first, max(last) AS last
        FROM forged GROUP BY mailbox
    ),
    obtained AS (
        SELECT f.mailbox, count(DISTINCT f.subject) FILTER (WHERE f.subject_kind = 'message') AS messages,
               count(DISTINCT f.subject) FILTER (WHERE f.subject_kind = 'folder') AS folders
        FROM findings AS f SEMI JOIN forged AS u ON u.mailbox IS NOT DISTINCT FROM f.mailbox AND u.actor IS NOT DISTINCT FROM f.actor
        WHERE f.verdict = 'supported' AND f.claim IN ('this message was accessed by this actor', 'every message in this folder was exposed to this actor')
        GROUP BY f.mailbox
    )
    SELECT u.mailbox, u.credentials, u.actors, coalesce(o.messages, 0) AS messages, coalesce(o.folders, 0) AS folders, u.first, u.last
    FROM used AS u LEFT JOIN obtained AS o ON o.mailbox IS NOT DISTINCT FROM u.mailbox""",
    "messages DESC, credentials DESC, mailbox NULLS LAST",
    "No credential is shown to have been issued by no sign-in.",
)

OBSTACLES = Question(
    "provenance_reasons",
    "What the verdicts on credentials rest on",
    "One row is one reason: how many credentials have it, and an example of it in words.",
    columns("""
stance       text  Stance
code         code  Reason
credentials  int   Credentials
mailboxes    int   Mailboxes
example      text  In words
"""),
    f"""
    SELECT r.stance, r.code, count(DISTINCT f.finding_id) AS credentials, count(DISTINCT f.mailbox) AS mailboxes, min(r.sentence) AS example
    FROM findings AS f JOIN reasons AS r USING (finding_id) WHERE f.claim = '{ISSUED}' GROUP BY r.stance, r.code""",
    "CASE stance WHEN 'against' THEN 0 WHEN 'open' THEN 1 ELSE 2 END, credentials DESC, code",
    "None.",
)

GAPS = Question(
    "provenance_gaps",
    "Credentials without a sign-in, against the tenant's own rate",
    "One row is one day, kind of client and application that had credentials without a sign-in. Some are always without; more than the rate of the case gives are worth "
    "a look. A new application has no rate but its own, so that of its kind of client stands beside it.",
    columns("""
day             code  Day
client          text  Client
app             code  Application
credentials     int   Credentials
without_signin  int   Without sign-in
unexplained     int   That nothing explains
of_app          text  Of this application, whole case
of_client       text  Of this kind of client, whole case
"""),
    """
    WITH rates AS (
        SELECT *, sum(without_signin) OVER (PARTITION BY client, app) AS app_without, sum(credentials) OVER (PARTITION BY client, app) AS app_all,
               sum(without_signin) OVER (PARTITION BY client) AS client_without, sum(credentials) OVER (PARTITION BY client) AS client_all
        FROM provenance_gaps
    )
    SELECT strftime(day, '%Y-%m-%d') AS day, client, app, credentials, without_signin, unexplained, format('{:,} of {:,}', app_without::BIGINT, app_all::BIGINT) AS of_app,
           format('{:,} of {:,}', client_without::BIGINT, client_all::BIGINT) AS of_client
    FROM rates WHERE without_signin > 0""",
    "unexplained DESC, without_signin DESC, day NULLS LAST, client NULLS LAST, app NULLS LAST",
    "Every credential that should have a sign-in has one.",
)

NETWORKS = Question(
    "networks",
    "Sessions used from two networks within an hour",
    "One row is one session that read mail. A telephone that leaves the Wi-Fi, a VPN and a company's split egress do the same as a stolen session. Contradicted: two "
    "networks; undecidable: address ranges that may be one.",
    columns("""
verdict       text  Verdict
subject       code  Session
mailbox       text  Mailbox
time_from     time  From
time_to       time  To
reasons       list  Seen
would_decide  text  What would decide it
finding_id    code  Finding
"""),
    f"""
    SELECT f.finding_id, f.verdict, f.subject, f.mailbox, f.time_from, f.time_to, f.would_decide,
           (SELECT list_sort(list(DISTINCT r.sentence)) FROM reasons AS r WHERE r.finding_id = f.finding_id) AS reasons
    FROM findings AS f WHERE f.claim = '{ONE_NETWORK}'""",
    "verdict, time_from NULLS LAST, finding_id",
    "No session that read mail was seen from two networks within an hour.",
)
