-- What is kept of errors on a day.
SELECT summary.errors
FROM analytics.error_day AS summary
WHERE summary.workspace_id = $1 AND summary.day = $2
