/*
row: >
  one message and the subject that some evidence gives it; of several the first in the alphabet, so that any order of the evidence gives the same
*/
SELECT internet_message_id, MIN(subject) AS subject
FROM (
    SELECT internet_message_id, subject FROM mail_access_items
    UNION ALL
    SELECT internet_message_id, subject FROM message_mentions
    UNION ALL
    SELECT internet_message_id, subject FROM message_traces
) AS said
WHERE subject <> '' AND internet_message_id IS NOT NULL
GROUP BY internet_message_id
