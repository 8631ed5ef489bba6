/* One finding of an exposure claim. ``who``: its mailbox and actor, ``thing``: what it speaks of, both in the form in which truth and finding are
   compared; a finding without a mailbox of the tenant has no ``who``. */
SELECT hash(f.finding_id) AS finding, f.claim, c.kind, f.verdict, m.mailbox, hash(m.mailbox, lower(coalesce(f.actor, '(nobody named)'))) AS who,
       hash(CASE WHEN f.subject_kind = 'item' THEN item_name(f.subject)
                 WHEN c.kind = 'folder' THEN folder_name(f.subject)
                 ELSE message_name(f.subject) END) AS thing,
       c.kind = 'folder' AND starts_with(f.subject, '(unknown folder') AS is_any_folder,
       f.time_from, f.time_to
FROM findings AS f
JOIN claims AS c ON c.claim = f.claim AND c.pillar = 'exposure'
LEFT JOIN mailbox_names AS m ON m.name = lower(f.mailbox)
WHERE f.subject_kind <> 'mailbox' OR c.kind = ''
