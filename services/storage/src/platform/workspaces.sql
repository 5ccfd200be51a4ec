-- In the order of their key. Whatever has pages is here.
SELECT workspace_id
FROM analytics.workspace
WHERE workspace_id > $1
ORDER BY workspace_id
LIMIT $2
