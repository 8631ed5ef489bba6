/*
row: one mailbox, with how many of its messages were obtained by anyone but an actor whose work is all background; each counts once
kept: true
*/
SELECT i.mailbox, COUNT(DISTINCT i.message) AS messages
FROM exposed_items AS i
JOIN exposure_scopes AS s ON s.mailbox IS NOT DISTINCT FROM i.mailbox AND s.actor IS NOT DISTINCT FROM i.actor
WHERE NOT s.is_background
GROUP BY i.mailbox
