/*
row: >
  one name of the mailbox or the actor that was asked for, lower case, in every form the evidence ties together
kept: true
*/
WITH asked AS (
    SELECT 'mailbox' AS part, LOWER(CAST($mailbox AS TEXT)) AS name
    WHERE $mailbox IS NOT NULL
    UNION ALL
    SELECT 'actor' AS part, LOWER(CAST($actor AS TEXT)) AS name
    WHERE $actor IS NOT NULL
)
SELECT part, name
FROM asked
UNION
SELECT asked.part, LOWER(other.value) AS name
FROM asked
JOIN identities AS same ON same.value = asked.name
JOIN identities AS other ON other.person = same.person
WHERE other.value IS NOT NULL
