/* One way in which somebody acted on one mailbox, with its names, and the one under which subjects are counted: the session; without one
   the application if it acted for itself, else the user. */
SELECT actor, any_value(mailbox) AS mailbox, max(scenario) AS scenario, any_value(address) AS address,
       any_value(coalesce(session_id, CASE WHEN logon IN ('application', 'service') THEN app ELSE coalesce("user", app) END)) AS counted_as,
       any_value(list_distinct(list_filter(
           [lower(session_id), lower("user"), lower(app), lower(app_id), lower(client_app_id),
            CASE WHEN logon = 'service' THEN '(microsoft service process)' END, '(nobody named)'],
           lambda name: name IS NOT NULL))) AS names
FROM accesses
GROUP BY actor
