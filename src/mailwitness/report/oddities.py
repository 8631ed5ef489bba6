"""What is odd in the input: everything an investigator should know about the files before believing the answer.

One row is one oddity of one evidence item (or of the case as a whole). ``problem`` means something is or may be missing;
``note`` is good to know.

Sources:
    - https://github.com/MicrosoftDocs/microsoft-365-docs/issues/9655   (50,000 rows per portal export)
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog   (5,000 per call, 50,000 per session)
"""

from __future__ import annotations

from mailwitness.report.listing import Question, columns

_CAPS = (5_000, 30_000, 50_000, 100_000, 150_000, 250_000, 500_000)
"""Row limits of portals, cmdlets and consoles; a file with exactly so many records is most likely cut."""

_PARTS = (
    """
    SELECT 'problem' AS weight, 'not_recognised' AS code, evidence_id, name,
           'No reader knows this format; nothing was read from it.' AS what, CAST(size_bytes AS BIGINT) AS amount,
           'bytes' AS unit, 'mailwitness add CASE PATH --reader ID reads it as a format you name' AS next
    FROM evidence WHERE reader IS NULL AND size_bytes > 0
    """,
    """
    SELECT 'note', 'empty', evidence_id, name, 'The file holds no record.', size_bytes, 'bytes',
           'Check that the export had finished and was not filtered to nothing'
    FROM evidence WHERE records = 0 AND (reader IS NOT NULL OR size_bytes = 0)
    """,
    f"""
    SELECT 'problem', 'cap_hit', evidence_id, name,
           'The file has exactly as many records as an export can hold; assume that it was cut.', records, 'records',
           'Export again in shorter windows and add the result'
    FROM evidence WHERE records IN ({", ".join(map(str, _CAPS))})
    """,
    """
    SELECT 'problem', 'accounting', evidence_id, name,
           'Records are not rows + duplicates + rejects + skips: this is a fault of mailwitness.',
           records - rows - duplicates - rejects - skips, 'records', 'Report it; do not rely on this item'
    FROM evidence WHERE records <> rows + duplicates + rejects + skips
    """,
    """
    SELECT 'problem', 'incomplete_export', w.evidence_id, any_value(e.name),
           concat('The export or its collector says that it is not complete: ', min(w.statement)),
           sum(greatest(w.expected - w.received, 0)), 'records missing',
           'Collect that window again and add the result'
    FROM collection_windows AS w LEFT JOIN evidence AS e USING (evidence_id)
    WHERE w.complete = FALSE OR w.received < w.expected GROUP BY w.evidence_id
    """,
    """
    SELECT 'problem', r.reason, r.evidence_id, any_value(e.name),
           concat('Records could not be read whole: ', min_by(r.detail, r.locator)), count(*), 'records',
           'See the listing of rejects; get the item again if it was cut off'
    FROM rejects AS r LEFT JOIN evidence AS e USING (evidence_id) GROUP BY r.evidence_id, r.reason
    """,
    """
    SELECT 'note', s.reason, s.evidence_id, any_value(e.name), concat('Left out on purpose: ', min(s.detail)),
           sum(s.records), 'records', NULL
    FROM skips AS s LEFT JOIN evidence AS e USING (evidence_id) GROUP BY s.evidence_id, s.reason
    """,
    """
    SELECT 'note', 'unexpected_type', f.evidence_id, any_value(e.name),
           concat('Values were not of the expected type, first: ', min(f.path)), count(*), 'values',
           'The records are kept; see the listing of faults'
    FROM faults AS f LEFT JOIN evidence AS e USING (evidence_id) GROUP BY f.evidence_id
    """,
    """
    SELECT 'problem', 'copies_disagree', NULL, NULL,
           concat('Copies of the same record disagree on ', table_name, '.', column_name), count(*), 'records',
           'Both values are kept; see the listing of conflicts'
    FROM conflicts GROUP BY table_name, column_name
    """,
    """
    SELECT 'note', 'duplicates', evidence_id, name, 'Records that another place in the evidence holds too; each is one event.',
           duplicates, 'records', NULL
    FROM evidence WHERE duplicates > 0
    """,
    """
    SELECT 'problem', 'after_collection', evidence_id, name,
           'Records are later than the moment they were added: a clock or a time zone is wrong.', NULL, NULL,
           'Check the zone of the times in this file'
    FROM evidence WHERE scope_to > acquired_at + INTERVAL 15 MINUTE
    """,
    """
    SELECT 'note', 'note', evidence_id, name, note, NULL, NULL, NULL
    FROM (SELECT evidence_id, name, unnest(from_json(notes, '["VARCHAR"]')) AS note FROM evidence)
    """,
    """
    SELECT 'problem', 'grouped_signins', s.evidence_id, any_value(e.name),
           'The portal merged several sign-ins into one row; only the first is shown in full.',
           sum(s.sign_ins_grouped), 'sign-ins', 'Download the sign-ins as JSON from Microsoft Graph, which does not merge them'
    FROM signins AS s LEFT JOIN evidence AS e USING (evidence_id) WHERE s.sign_ins_grouped > 1 GROUP BY s.evidence_id
    """,
    """
    SELECT 'note', 'stream_not_stated', s.evidence_id, any_value(e.name),
           'The export does not say which kind of sign-in a row is (interactive, non-interactive, app).',
           count(*), 'sign-ins', NULL
    FROM signins AS s LEFT JOIN evidence AS e USING (evidence_id) WHERE s.stream IS NULL GROUP BY s.evidence_id
    """,
    """
    SELECT 'note', 'throttling_not_stated', NULL, NULL,
           'Mail-access records that do not say whether recording was throttled; unknown is not "no".', count(*), 'records', NULL
    FROM mail_accesses WHERE is_throttled IS NULL HAVING count(*) > 0
    """,
    """
    SELECT 'problem', 'throttled', NULL, NULL,
           concat('Recording was throttled for ', mailbox, ': accesses after this are not in any log.'), count(*), 'records',
           'Treat the 24 hours after each as unknown'
    FROM mail_accesses WHERE is_throttled GROUP BY mailbox
    """,
)

ODDITIES = Question(
    "oddities",
    "What is odd in the input",
    "One row is one oddity of one evidence item, or of the case as a whole.",
    columns("""
weight       text  Weight
what         text  What
amount       int   Count
unit         text  Of
name         text  Where
next         text  What to do
code         code  Code
evidence_id  code  Evidence
"""),
    "SELECT * FROM (" + " UNION ALL ".join(_PARTS) + ")",
    "weight DESC, amount DESC NULLS LAST, code, evidence_id NULLS LAST, what",
    "Nothing.",
)
