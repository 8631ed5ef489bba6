"""Posture: the CISA advisory AA23-193A and the playbook to it, each recommendation as met, not met or unknown, with its evidence and what to run.

Reads the findings of posture; nothing is judged here. A finding says in its sentence what was found and, behind ``To fix it:``, the command.

Sources:
    - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
    - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
"""

from __future__ import annotations

from mailwitness.report.accuracy import BLOCKING_POLICY
from mailwitness.report.listing import Question, columns

_LITERAL = BLOCKING_POLICY.replace("'", "''")
_READY = f"CASE f.subject WHEN 'cisa-legacy-authentication-blocked' THEN ': {_LITERAL}' ELSE '' END"
"""Where a finding describes a policy to be made, the command that makes it."""

CLAIM = "this recommendation is met"

POSTURE = Question(
    "posture",
    "The CISA advisory on these logs, answered",
    "One row is one recommendation, judged at the newest evidence of this case. Unknown is what the evidence does not say; it is not counted as met.",
    columns("""
met             text  Answer
title           text  Recommendation
evidence        text  Evidence
to_do           text  What fixes or decides it
rows            int   Rows
recommendation  code  Name
finding_id      code  Finding
"""),
    f"""
    WITH said AS (
        SELECT f.finding_id, string_agg(DISTINCT split_part(r.sentence, ' To fix it: ', 1), ' ' ORDER BY split_part(r.sentence, ' To fix it: ', 1)) AS evidence,
               string_agg(DISTINCT nullif(split_part(r.sentence, ' To fix it: ', 2), ''), '; ' ORDER BY nullif(split_part(r.sentence, ' To fix it: ', 2), '')) AS fix
        FROM findings AS f JOIN reasons AS r USING (finding_id) WHERE f.claim = '{CLAIM}' GROUP BY f.finding_id
    ),
    rested AS (
        SELECT finding_id, count(*) AS rows FROM refs WHERE finding_id IN (SELECT finding_id FROM said) GROUP BY finding_id
    )
    SELECT CASE f.verdict WHEN 'supported' THEN 'met' WHEN 'contradicted' THEN 'not_met' ELSE 'unknown' END AS met,
           CASE f.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END AS weight,
           f.title, s.evidence, coalesce(upper(left(s.fix, 1)) || substr(s.fix, 2) || {_READY}, f.would_decide) AS to_do, coalesce(w.rows, 0) AS rows, f.subject AS recommendation, f.finding_id
    FROM findings AS f LEFT JOIN said AS s USING (finding_id) LEFT JOIN rested AS w USING (finding_id) WHERE f.claim = '{CLAIM}'""",
    "CASE met WHEN 'not_met' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, weight, recommendation, finding_id",
    "No recommendation was judged.",
)
