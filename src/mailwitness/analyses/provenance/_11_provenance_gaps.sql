/*
row: >
  one day, kind of client and application, with its credentials that should have a sign-in (background and nameless ones left out), those without one, and those that nothing
  explains; beside them the same over the whole case, which is the tenant's own rate. A day is the day of the first access. More gaps on a day than the tenant's rate gives are worth
  a look; the rate of a new application is its own, so rate_of_client is that of the kind of client.
nulls: an unknown day, client or application is a row of its own.
*/
WITH judged AS (
    SELECT
        DATE_TRUNC('day', first_time) AS day, NULLIF(client, '') AS client, app,
        CASE WHEN standing <> 'recorded' THEN 1 ELSE 0 END AS is_without,
        CASE WHEN standing = 'unissued' THEN 1 ELSE 0 END AS is_unexplained
    FROM standings
    WHERE standing NOT IN ('background', 'nameless')
),
of_case AS (
    SELECT client, app, COUNT(*) AS credentials, SUM(is_without) AS without_signin FROM judged GROUP BY client, app
),
of_client AS (
    SELECT client, COUNT(*) AS credentials, SUM(is_without) AS without_signin FROM judged GROUP BY client
)
SELECT
    j.day, j.client, j.app, COUNT(*) AS credentials, CAST(SUM(j.is_without) AS BIGINT) AS without_signin,
    CAST(SUM(j.is_unexplained) AS BIGINT) AS unexplained,
    MIN(CAST(c.without_signin AS DOUBLE) / c.credentials) AS rate_of_app, MIN(CAST(k.without_signin AS DOUBLE) / k.credentials) AS rate_of_client
FROM judged AS j
JOIN of_case AS c ON c.client IS NOT DISTINCT FROM j.client AND c.app IS NOT DISTINCT FROM j.app
JOIN of_client AS k ON k.client IS NOT DISTINCT FROM j.client
GROUP BY j.day, j.client, j.app
