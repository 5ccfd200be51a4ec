SELECT workspace_id, execution_id, opened_at, other_opened_at, found_at
FROM analytics.execution_twin
WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND found_at >= $3
ORDER BY found_at DESC, workspace_id, execution_id, opened_at, other_opened_at
LIMIT $4
