"""What the report asks of every case: one SELECT per listing.

Each is readable SQL over the tables of ``model.tables`` and can be run by hand with ``mailwitness sql``. Every time is UTC.
"""

from __future__ import annotations

from mailwitness.model.tables import TABLES
from mailwitness.report.answer import DECIDING
from mailwitness.report.listing import Question, columns

NOTES = """CASE json_type(notes)
        WHEN 'ARRAY' THEN from_json(notes, '["VARCHAR"]')
        WHEN 'OBJECT' THEN list_transform(json_keys(notes), lambda key: json_extract_string(notes, '/' || key))
        ELSE [] END"""
"""The notes of an evidence item as a list of sentences: they are kept as a list, or by their code."""

EVIDENCE = Question(
    "evidence",
    "Evidence register",
    "One row is one evidence item. Records = rows + duplicates + rejects + skips.",
    columns("""
evidence_id  code   Evidence
name         text   Name
reader       text   Read as
records      int    Records
rows         int    Rows
duplicates   int    Duplicates
rejects      int    Rejects
skips        int    Skips
scope_from   time   First record
scope_to     time   Last record
size_bytes   bytes  Size
sha256       code   SHA-256
kept         text   Kept
origin       text   Origin
acquired_at  time   Added
modified_at  time   File's own time
notes        list   Notes
"""),
    f"SELECT * REPLACE ({NOTES} AS notes) FROM evidence",
    "reader IS NULL, name, evidence_id",
    "No evidence has been added.",
)

_TIMED = sorted(
    name
    for name, table in TABLES.items()
    if table.kind == "event"
    and "time" in table.column_names()
    and name not in ("identity_mentions", "message_mentions")
)
_FEED = {
    "signins": "coalesce(stream, 'stream not stated')",
    "mail_accesses": "concat(operation, ' ', mail_access_type)",
    "audit_events": "coalesce(workload, 'workload not stated')",
    "directory_audits": "logged_by_service",
    "inbox_rules": "operation",
    "setting_observations": "how",
}

PERIODS = Question(
    "periods",
    "Period covered",
    "One row is one kind of record. Days are calendar days (UTC) that have at least one record; a day without is not proof of silence.",
    columns("""
table_name  code  Table
feed        text  Feed
rows        int   Rows
first       time  First
last        time  Last
days        int   Days with records
undated     int   Rows without time
"""),
    " UNION ALL ".join(
        f"""SELECT '{name}' AS table_name, CAST({_FEED.get(name, "NULL")} AS VARCHAR) AS feed, count(*) AS rows,
               min(time) AS first, max(time) AS last, count(DISTINCT CAST(time AS DATE)) AS days,
               count(*) - count(time) AS undated
        FROM {name} GROUP BY ALL HAVING count(*) > 0"""
        for name in _TIMED
    ),
    "table_name, rows DESC, feed NULLS LAST",
    "No record with a time was read.",
)

MAILBOXES = Question(
    "mailboxes",
    "Mailboxes accessed",
    "One row is one mailbox. A message counts once per mailbox however often it was bound.",
    columns("""
mailbox     text  Mailbox
accesses    int   Access records
messages    int   Distinct messages
synced      int   Folders synced
sessions    int   Sessions
apps        int   Apps
not_owner   int   Not by the owner
throttled   int   Throttled
first       time  First access
last        time  Last access
"""),
    """
    WITH messages AS (
        SELECT mailbox, count(DISTINCT internet_message_id) AS messages FROM mail_access_items GROUP BY mailbox
    )
    SELECT a.mailbox, count(*) AS accesses, coalesce(any_value(m.messages), 0) AS messages,
           count(DISTINCT CASE WHEN a.mail_access_type = 'Sync' THEN coalesce(a.folder_path, 'unknown folder') END)
               AS synced,
           count(DISTINCT coalesce(a.session_id, a.aad_session_id)) AS sessions,
           count(DISTINCT coalesce(a.client_app_id, a.app_id)) AS apps,
           count(*) FILTER (WHERE a.accessed_as IN ('delegate', 'admin', 'application')) AS not_owner,
           count(*) FILTER (WHERE a.is_throttled) AS throttled,
           min(a.time) AS first, max(a.time) AS last
    FROM mail_accesses AS a
    LEFT JOIN messages AS m ON m.mailbox = a.mailbox
    GROUP BY a.mailbox
    """,
    "accesses DESC, mailbox NULLS LAST",
    "No mail access is recorded in this evidence. That is not proof that nobody read mail.",
)

REJECTS = Question(
    "rejects",
    "Records that could not be read whole",
    "One row is one reason in one evidence item. What could be salvaged of each record is in the table rejects.",
    columns("""
evidence_id  code  Evidence
name         text  Name
reason       code  Reason
records      int   Records
with_id      int   With id
with_time    int   With time
example      text  Example
locator      code  Where
"""),
    """
    SELECT r.evidence_id, any_value(e.name) AS name, r.reason, count(*) AS records, count(r.id) AS with_id,
           count(r.time) AS with_time, min_by(r.detail, r.locator) AS example, min(r.locator) AS locator
    FROM rejects AS r LEFT JOIN evidence AS e USING (evidence_id) GROUP BY r.evidence_id, r.reason
    """,
    "records DESC, evidence_id, reason",
)

SKIPS = Question(
    "skips",
    "Records left out on purpose",
    "One row is one reason in one evidence item.",
    columns("""
evidence_id  code  Evidence
name         text  Name
reason       code  Reason
records      int   Records
detail       text  Why
locator      code  First at
"""),
    """
    SELECT s.evidence_id, e.name, s.reason, s.records, s.detail, s.locator
    FROM skips AS s LEFT JOIN evidence AS e USING (evidence_id)
    """,
    "records DESC, evidence_id, reason, locator",
)

FAULTS = Question(
    "faults",
    "Values of an unexpected type",
    "One row is one field of one evidence item. The records are kept; the values were read with care.",
    columns("""
evidence_id  code  Evidence
name         text  Name
path         code  Field
values       int   Values
example      text  Example
locator      code  First at
"""),
    """
    SELECT f.evidence_id, any_value(e.name) AS name, f.path, count(*) AS "values",
           min(f.found) AS example, min(f.locator) AS locator
    FROM faults AS f LEFT JOIN evidence AS e USING (evidence_id) GROUP BY f.evidence_id, f.path
    """,
    '"values" DESC, evidence_id, path',
)

CONFLICTS = Question(
    "conflicts",
    "Copies of one record that disagree",
    "One row is one column of one table. Both values are kept.",
    columns("""
table_name   code  Table
column_name  code  Column
events       int   Events
example      text  Example
row_id       code  Example row
"""),
    """
    SELECT table_name, column_name, count(*) AS events, min_by(values_seen, row_id) AS example, min(row_id) AS row_id
    FROM conflicts GROUP BY table_name, column_name
    """,
    "events DESC, table_name, column_name",
)

VERDICTS = Question(
    "verdicts",
    "Findings by claim",
    "One row is one claim: how many subjects it is supported, contradicted or undecidable for.",
    columns("""
pillar        text  Pillar
claim         text  Claim
supported     int   Supported
contradicted  int   Contradicted
undecidable   int   Undecidable
"""),
    """
    SELECT pillar, claim, count(*) FILTER (WHERE verdict = 'supported') AS supported,
           count(*) FILTER (WHERE verdict = 'contradicted') AS contradicted,
           count(*) FILTER (WHERE verdict = 'undecidable') AS undecidable
    FROM findings GROUP BY pillar, claim
    """,
    "pillar NULLS LAST, claim",
    "No analysis has given a finding.",
)

ERRATA = Question(
    "errata",
    "Known defects of these logs",
    "One row is one known defect of a log itself that applies here: seen in rows, possible because its time meets the log's, or always so.",
    columns("""
id         code  Erratum
effect     text  Effect
title      text  What
how        text  Applies
rows       int   Rows touched
time_from  time  From
time_to    time  To
claims     list  Qualifies
sources    list  Sources
"""),
    "SELECT id, effect, title, how, rows, time_from, time_to, claims, sources FROM errata_applying",
    "CASE how WHEN 'seen' THEN 1 WHEN 'possible' THEN 2 ELSE 3 END, id",
    "None of the catalogue applies to the logs that are here.",
)

UNDECIDED = Question(
    "undecided",
    "What could not be decided",
    "One row is one claim with what would decide it.",
    columns("""
claim         text  Claim
findings      int   Findings
mailboxes     int   Mailboxes
first         time  From
last          time  To
why           text  Why
would_decide  text  What would decide it
"""),
    """
    WITH open_reasons AS (
        SELECT finding_id, min(sentence) AS why FROM reasons WHERE stance = 'open' GROUP BY finding_id
    )
    SELECT f.claim, count(*) AS findings, count(DISTINCT f.mailbox) AS mailboxes, min(f.time_from) AS first,
           max(f.time_to) AS last, min(o.why) AS why, f.would_decide
    FROM findings AS f LEFT JOIN open_reasons AS o USING (finding_id)
    WHERE f.verdict = 'undecidable' GROUP BY f.claim, f.would_decide
    """,
    "findings DESC, claim, would_decide NULLS LAST",
)

DECIDED_BY = Question(
    "decided_by",
    "What would decide most",
    "One row is one piece of evidence that undecided findings name. A finding that names two counts for both.",
    columns("""
evidence  text  Evidence
findings  int   Findings
claims    list  Of the claims
"""),
    DECIDING,
    "findings DESC, evidence",
    "Nothing that undecided findings name.",
)
