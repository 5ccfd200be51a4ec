-- One writer at a time says what the directory of a workspace is: each of two would not see the other's entries.
SELECT workspace_id
FROM analytics.workspace
WHERE workspace_id = ANY ($1::uuid[])
ORDER BY workspace_id
FOR NO KEY UPDATE
