-- Workspaces with steps of executions that were opened before a time.
SELECT tenant.workspace_id
FROM analytics.workspace AS tenant
WHERE EXISTS (
  SELECT FROM analytics.execution_step AS s
  WHERE s.workspace_id = tenant.workspace_id AND s.opened_at < $1
)
ORDER BY tenant.workspace_id
LIMIT $2
