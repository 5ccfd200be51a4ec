-- How many steps some executions have, and how many of those failed, by key.
SELECT s.workspace_id, s.opened_at, s.execution_id, count(*), count(*) FILTER (WHERE s.status = 2)
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, opened_at, execution_id)
JOIN analytics.execution_step AS s USING (workspace_id, opened_at, execution_id)
GROUP BY s.workspace_id, s.opened_at, s.execution_id
