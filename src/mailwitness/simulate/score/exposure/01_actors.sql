/* One way in which somebody acted on one mailbox, with the names that a finding may have for it. ``doer``: under whom subjects are counted.
   ``other_names``: applications that a record names, though a person acted through them; a list of all that such an application
   accessed is not about that person. */
WITH named AS (
    SELECT actor, any_value(doer) AS doer, any_value(mailbox) AS mailbox, max(scenario) AS scenario, any_value(address) AS address,
           any_value(session_id) AS session_id, any_value("user") AS user_, any_value(app) AS app, any_value(app_id) AS app_id,
           any_value(client_app_id) AS client_app_id, any_value(logon = 'service') AS is_service,
           any_value(logon IN ('application', 'service')) AS is_for_itself
    FROM accesses
    GROUP BY actor
)
SELECT actor, doer, mailbox, scenario, address,
       list_distinct(list_filter(
           [lower(session_id), lower(user_), lower(app), CASE WHEN is_for_itself THEN lower(app_id) END,
            CASE WHEN is_for_itself THEN lower(client_app_id) END, CASE WHEN is_service THEN '(microsoft service process)' END,
            '(nobody named)'],
           lambda name: name IS NOT NULL)) AS names,
       list_distinct(list_filter([lower(app_id), lower(client_app_id)], lambda name: name IS NOT NULL)) AS other_names
FROM named
