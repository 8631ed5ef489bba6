/* One name that findings have for somebody who acted on a mailbox; an address or network is one if it was asked for. ``is_own``: not merely
   that of an application through which a person acted. */
SELECT n.mailbox, n.name, n.actor, max(n.scenario) AS scenario, bool_or(n.is_own) AS is_own
FROM (
    SELECT mailbox, actor, scenario, unnest(names) AS name, TRUE AS is_own FROM actors
    UNION ALL
    SELECT mailbox, actor, scenario, unnest(other_names), FALSE FROM actors
    UNION ALL
    SELECT a.mailbox, a.actor, a.scenario, q.name, TRUE FROM actors AS a JOIN asked_networks AS q ON q.client_ip = a.address
) AS n
JOIN (SELECT DISTINCT mailbox, actor AS name FROM answers) AS s ON s.mailbox = n.mailbox AND s.name = n.name
GROUP BY n.mailbox, n.name, n.actor
