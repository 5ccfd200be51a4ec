-- The workspaces that are asked about and exist. Whatever has data has a row here: both come in one transaction.
WITH asked AS (
  SELECT workspace_id, last_event_at
  FROM analytics.workspace
  WHERE $1 OR workspace_id = ANY ($2::uuid[])
),
-- What is not compacted yet may be later than what is.
pending AS (
  SELECT max(delta.last_event_at) AS last_event_at
  FROM analytics.partial_delta AS delta
  WHERE delta.workspace_id IN (SELECT workspace_id FROM asked)
)
SELECT
  statement_timestamp(),
  COALESCE((SELECT array_agg(workspace_id ORDER BY workspace_id) FROM asked), '{}'),
  GREATEST((SELECT max(last_event_at) FROM asked), (SELECT last_event_at FROM pending))
