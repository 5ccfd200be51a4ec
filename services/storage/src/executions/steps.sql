-- The first steps of an execution, each with how many there are.
SELECT
  s.workspace_id, s.opened_at, s.execution_id, s.number, s.kind, s.name, s.started_at, s.ended_at, s.status,
  s.input_tokens, s.output_tokens, s.error_kind, s.error_message,
  count(*) OVER ()
FROM analytics.execution_step AS s
WHERE s.workspace_id = $1
  AND s.opened_at = $2
  AND s.execution_id = $3
ORDER BY s.number
LIMIT $4
