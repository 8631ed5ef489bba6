/* One name that findings have for somebody who acted on a mailbox; an address or network is one if it was asked for. */
SELECT DISTINCT n.mailbox, n.name, n.actor, n.scenario
FROM (
    SELECT mailbox, actor, scenario, unnest(names) AS name FROM actors
    UNION ALL
    SELECT a.mailbox, a.actor, a.scenario, q.name FROM actors AS a JOIN asked_networks AS q ON q.client_ip = a.address
) AS n
JOIN (SELECT DISTINCT mailbox, actor AS name FROM answers) AS s ON s.mailbox = n.mailbox AND s.name = n.name
