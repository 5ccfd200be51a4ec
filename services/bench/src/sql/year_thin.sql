-- Leaves $1 of 1,024 executions, whichever those are, and their steps.
WITH gone AS (
  DELETE FROM analytics.execution
  WHERE hashtextextended(execution_id::text, 7) & 1023 >= $1
  RETURNING workspace_id, opened_at, execution_id
)
DELETE FROM analytics.execution_step AS s
USING gone
WHERE s.workspace_id = gone.workspace_id AND s.opened_at = gone.opened_at AND s.execution_id = gone.execution_id
