SELECT key, whole_day, quarters
FROM analytics.platform_page
WHERE dimension = $1 AND day = $2
