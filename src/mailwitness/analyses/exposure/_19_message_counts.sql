/*
row: one mailbox and actor, with how many messages records list for it
kept: true
*/
SELECT mailbox, actor, COUNT(*) AS messages
FROM (SELECT DISTINCT mailbox, actor, message FROM exposed_items) AS seen
GROUP BY mailbox, actor
