DELETE FROM analytics.platform_day
WHERE day = ANY ($1::date[])
