-- What the person did in a stretch of a workspace's time, in the order in which rows are locked.
WITH found AS MATERIALIZED (
  SELECT a.occurred_at, a.event_id
  FROM analytics.activity AS a
  WHERE a.workspace_id = $1 AND a.user_id = $4
    AND a.occurred_at >= COALESCE($2, '-infinity') AND a.occurred_at < COALESCE($3, 'infinity')
  ORDER BY a.occurred_at, a.event_id
  FOR NO KEY UPDATE
),
swept AS (
  UPDATE analytics.activity AS a
  SET user_id = $5
  FROM found
  WHERE a.workspace_id = $1 AND a.occurred_at = found.occurred_at AND a.event_id = found.event_id
  RETURNING a.event_id
)
SELECT count(*) FROM swept
