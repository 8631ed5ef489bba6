"""What is odd in the input: everything an investigator should know about the files before believing the answer.

One row is one oddity, with the evidence items that have it. ``problem`` means something is or may be missing; ``note`` is good
to know.

Sources:
    - https://github.com/MicrosoftDocs/microsoft-365-docs/issues/9655   (50,000 rows per portal export)
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog   (5,000 per call, 50,000 per session)
"""

from __future__ import annotations

from mailwitness.report.listing import Question, columns
from mailwitness.report.questions import NOTES

_CAPS = (5_000, 30_000, 50_000, 100_000, 150_000, 250_000, 500_000)
"""Row limits of portals, cmdlets and consoles; a file with exactly so many records is most likely cut."""

_PARTS = (
    f"""
    SELECT 'problem' AS weight, 'not_recognised' AS code, 'No reader knows the format; nothing was read.' AS what,
           1 AS amount, 'files' AS unit, evidence_id, name, ({NOTES})[1] AS example,
           'If it is a log, mailwitness add CASE PATH --reader ID reads it as a format you name' AS next
    FROM evidence WHERE reader IS NULL AND size_bytes > 0
    """,
    """
    SELECT 'note', 'empty', 'The file holds no record.', 1, 'files', evidence_id, name, NULL,
           'Check that the export had finished and was not filtered to nothing'
    FROM evidence
    WHERE records = 0 AND (reader IS NOT NULL OR size_bytes = 0) AND coalesce(reader, '') NOT LIKE 'archive\\_%' ESCAPE '\\'
    """,
    f"""
    SELECT 'problem', 'cap_hit', 'As many records as an export can hold: assume that it was cut.', records, 'records',
           evidence_id, name, NULL, 'Export again in shorter windows and add the result'
    FROM evidence WHERE records IN ({", ".join(map(str, _CAPS))})
    """,
    """
    SELECT 'problem', 'accounting', 'Records are not rows + duplicates + rejects + skips: this is a fault of mailwitness.',
           records - rows - duplicates - rejects - skips, 'records', evidence_id, name, NULL,
           'Report it; do not rely on this item'
    FROM evidence WHERE records <> rows + duplicates + rejects + skips
    """,
    """
    SELECT 'problem', 'incomplete_export', 'The export or its collector says that it is not complete.',
           greatest(w.expected - coalesce(w.received, 0), 0), 'records missing', w.evidence_id, e.name, w.statement,
           'Collect that window again and add the result'
    FROM collection_windows AS w LEFT JOIN evidence AS e USING (evidence_id)
    WHERE w.complete = FALSE OR w.received < w.expected
    """,
    """
    SELECT 'problem', r.reason, 'Records could not be read whole.', count(*), 'records', r.evidence_id, any_value(e.name),
           min_by(r.detail, r.locator), 'See the listing of rejects; get the item again if it was cut off'
    FROM rejects AS r LEFT JOIN evidence AS e USING (evidence_id) GROUP BY r.evidence_id, r.reason
    """,
    """
    SELECT 'note', s.reason, 'Records were left out on purpose.', s.records, 'records', s.evidence_id, e.name, s.detail, NULL
    FROM skips AS s LEFT JOIN evidence AS e USING (evidence_id)
    """,
    """
    SELECT 'note', 'unexpected_type', 'Values were not of the expected type; the records are kept.', count(*), 'values',
           f.evidence_id, any_value(e.name), min(f.path), 'See the listing of faults'
    FROM faults AS f LEFT JOIN evidence AS e USING (evidence_id) GROUP BY f.evidence_id
    """,
    """
    SELECT 'problem', 'copies_disagree', 'Copies of one record disagree; both values are kept.', count(*), 'values', NULL, NULL,
           concat(table_name, '.', column_name), 'See the listing of conflicts'
    FROM conflicts GROUP BY table_name, column_name
    """,
    """
    SELECT 'note', 'duplicates', 'Records that another place in the evidence holds too; each is one event.', duplicates, 'records',
           evidence_id, name, NULL, NULL
    FROM evidence WHERE duplicates > 0
    """,
    """
    SELECT 'problem', 'after_collection', 'Records are later than the moment the file was added: a clock or a time zone is wrong.',
           1, 'files', evidence_id, name, NULL, 'Check the zone of the times in this file'
    FROM evidence WHERE scope_to > acquired_at + INTERVAL 15 MINUTE
    """,
    """
    SELECT CASE WHEN said.code IN ('note', 'encoding') THEN 'note' ELSE 'problem' END, said.code, said.note, 1, 'files',
           evidence_id, name, NULL, NULL
    FROM (
        SELECT evidence_id, name, unnest(CASE json_type(notes)
            WHEN 'ARRAY' THEN list_transform(from_json(notes, '["VARCHAR"]'), lambda note: {'code': 'note', 'note': note})
            WHEN 'OBJECT' THEN list_transform(json_keys(notes), lambda key:
                {'code': regexp_replace(key, '_[0-9]+$', ''), 'note': json_extract_string(notes, '/' || key)})
            ELSE [] END) AS said
        FROM evidence
    ) WHERE said.code NOT IN ('archive', 'empty', 'no_reader', 'no_reader_text', 'cap')
    """,
    """
    SELECT 'problem', 'grouped_signins', 'The portal merged several sign-ins into one row; only the first is shown whole.',
           sum(s.sign_ins_grouped), 'sign-ins', s.evidence_id, any_value(e.name), NULL,
           'Download the sign-ins as JSON from Microsoft Graph, which does not merge them'
    FROM signins AS s LEFT JOIN evidence AS e USING (evidence_id) WHERE s.sign_ins_grouped > 1 GROUP BY s.evidence_id
    """,
    """
    SELECT 'note', 'stream_not_stated',
           'The export does not say which kind of sign-in a row is (interactive, non-interactive, app).', count(*), 'sign-ins',
           s.evidence_id, any_value(e.name), NULL, NULL
    FROM signins AS s LEFT JOIN evidence AS e USING (evidence_id) WHERE s.stream IS NULL GROUP BY s.evidence_id
    """,
    """
    SELECT 'note', 'throttling_not_stated',
           'Mail-access records do not say whether recording was throttled; unknown is not "no".', count(*), 'records',
           NULL, NULL, NULL, NULL
    FROM mail_accesses
    WHERE is_throttled IS NULL AND operation = 'MailItemsAccessed' AND coalesce(mail_access_type, 'Bind') <> 'Sync' HAVING count(*) > 0
    """,
    """
    SELECT 'problem', 'throttled', 'Recording was throttled: accesses of the 24 hours after are in no log.', count(*), 'records',
           NULL, NULL, mailbox, 'Treat the 24 hours after each as unknown'
    FROM mail_accesses WHERE is_throttled GROUP BY mailbox
    """,
)

ODDITIES = Question(
    "oddities",
    "What is odd in the input",
    "One row is one oddity, with the evidence items that have it.",
    columns("""
weight   text  Weight
code     code  Code
what     text  What
amount   int   Count
unit     text  Of
items    list  Where
example  text  Example
next     text  What to do
"""),
    f"""
    SELECT weight, code, what, sum(amount)::BIGINT AS amount, unit,
           list_sort(list(DISTINCT coalesce(name, evidence_id)) FILTER (WHERE evidence_id IS NOT NULL)) AS items,
           min(example) AS example, next
    FROM ({" UNION ALL ".join(_PARTS)}) GROUP BY weight, code, what, unit, next
    """,
    "weight DESC, amount DESC NULLS LAST, code, what",
    "Nothing.",
)
