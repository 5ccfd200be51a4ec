-- What is kept of users on a day, each as one text.
SELECT summary.user_ordinal, summary::text
FROM analytics.user_day AS summary
WHERE summary.workspace_id = $1 AND summary.day = $2
ORDER BY summary.user_ordinal
