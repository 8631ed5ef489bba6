/* One mailbox and name that findings have for somebody who acted on it; an address or network is one if it was asked for. ``is_own``: not
   merely the name of an application through which a person acted. */
SELECT n.who, n.actor, max(n.scenario) AS scenario, bool_or(n.is_own) AS is_own
FROM (
    SELECT hash(mailbox, unnest(names)) AS who, actor, scenario, TRUE AS is_own FROM actors
    UNION ALL
    SELECT hash(mailbox, unnest(other_names)), actor, scenario, FALSE FROM actors
    UNION ALL
    SELECT hash(a.mailbox, q.name), a.actor, a.scenario, TRUE FROM actors AS a JOIN asked_networks AS q ON q.client_ip = a.address
) AS n
JOIN (SELECT DISTINCT who FROM answers WHERE mailbox IS NOT NULL) AS s ON s.who = n.who
GROUP BY n.who, n.actor
