/*
row: one sign-in log that can hold the issue of a token, whom it is about (user or app), and whether the case has anything of it and since when
kept: true
sources: [https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins]
*/
WITH known AS (
    SELECT 'signins_interactive' AS feed, 'interactive' AS stream, 'user' AS holds, 'interactive user sign-ins' AS title
    UNION ALL
    SELECT 'signins_non_interactive', 'non_interactive', 'user', 'non-interactive user sign-ins'
    UNION ALL
    SELECT 'signins_service_principal', 'service_principal', 'app', 'service principal sign-ins'
    UNION ALL
    SELECT 'signins_managed_identity', 'managed_identity', 'app', 'managed identity sign-ins'
),
begun AS (
    SELECT feed, MIN(valid_from) AS moment FROM feed_windows WHERE is_proven GROUP BY feed
    UNION ALL
    SELECT 'signins_' || stream AS feed, MIN(time) AS moment FROM signins WHERE stream IS NOT NULL GROUP BY 'signins_' || stream
)
SELECT k.feed, k.stream, k.holds, k.title, COUNT(b.feed) > 0 AS is_collected, MIN(b.moment) AS begins
FROM known AS k
LEFT JOIN begun AS b ON b.feed = k.feed
GROUP BY k.feed, k.stream, k.holds, k.title
