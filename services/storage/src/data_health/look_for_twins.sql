-- Of so many executions of a workspace from a time on, those of which another one of the same id was opened at another
-- time: each pair once, and kept.
WITH looked_at AS (
  SELECT e.execution_id, e.opened_at
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1 AND e.opened_at >= $2 AND e.opened_at < $3
  ORDER BY e.opened_at, e.execution_id
  LIMIT $4
),
pair AS (
  SELECT DISTINCT
    one.execution_id, LEAST(one.opened_at, other.opened_at) AS opened_at,
    GREATEST(one.opened_at, other.opened_at) AS other_opened_at
  FROM looked_at AS one
  JOIN analytics.execution AS other ON other.workspace_id = $1 AND other.execution_id = one.execution_id
  WHERE other.opened_at <> one.opened_at
),
noted AS (
  INSERT INTO analytics.execution_twin (workspace_id, execution_id, opened_at, other_opened_at, found_at)
  SELECT $1, execution_id, opened_at, other_opened_at, now()
  FROM pair
  ORDER BY execution_id, opened_at, other_opened_at
  ON CONFLICT (workspace_id, execution_id, opened_at, other_opened_at) DO UPDATE SET found_at = excluded.found_at
  RETURNING execution_id, opened_at, other_opened_at
)
SELECT
  (SELECT count(*) FROM looked_at), (SELECT count(*) FROM noted),
  (SELECT format('%s at %s and at %s', execution_id, opened_at, other_opened_at) FROM noted ORDER BY execution_id LIMIT 1)
