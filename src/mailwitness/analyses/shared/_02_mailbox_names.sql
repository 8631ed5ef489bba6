/*
row: >
  one name of a mailbox and the one name under which its accesses are counted; a name that two people share names nobody
kept: true
*/
SELECT LOWER(value) AS name, MIN(LOWER(person)) AS mailbox
FROM identities
WHERE kind IN ('upn', 'smtp', 'mailbox_guid', 'object_id')
GROUP BY LOWER(value)
HAVING COUNT(DISTINCT LOWER(person)) = 1
