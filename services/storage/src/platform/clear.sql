DELETE FROM analytics.platform_page
WHERE dimension = $1 AND day = $2
