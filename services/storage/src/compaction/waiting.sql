SELECT workspace_id, count(*)
FROM analytics.partial_delta
GROUP BY workspace_id
ORDER BY count(*) DESC, workspace_id
LIMIT $1
