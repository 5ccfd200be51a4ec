-- Executions of the person in a stretch of a workspace's time, in the order in which rows are locked.
WITH found AS MATERIALIZED (
  SELECT e.opened_at, e.execution_id
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1 AND $4 IN (e.user_id, e.feedback_user_id)
    AND e.opened_at >= COALESCE($2, '-infinity') AND e.opened_at < COALESCE($3, 'infinity')
  ORDER BY e.opened_at, e.execution_id
  FOR NO KEY UPDATE
),
swept AS (
  UPDATE analytics.execution AS e
  SET user_id          = CASE WHEN e.user_id = $4 THEN $5 ELSE e.user_id END,
      -- The comment is in the person's own words, most likely also where it is not known who rated.
      feedback_comment = CASE WHEN COALESCE(e.feedback_user_id, e.user_id) = $4 THEN NULL ELSE e.feedback_comment END,
      feedback_user_id = CASE WHEN e.feedback_user_id = $4 THEN $5 ELSE e.feedback_user_id END,
      revision         = e.revision + 1
  FROM found
  WHERE e.workspace_id = $1 AND e.opened_at = found.opened_at AND e.execution_id = found.execution_id
  RETURNING
    e.opened_at, e.execution_id, e.revision, e.seen,
    GREATEST(e.opened_at, e.started_at, e.ended_at, e.feedback_at) AS last_at
),
-- Watchers may still hold those of which they were told not long ago: they are told again, and nothing is counted.
told AS (
  INSERT INTO analytics.feed (
    workspace_id, opened_at, execution_id, revision, seen,
    open_change, opened, started, ended, failed, credits_micro, users
  )
  SELECT
    $1,
    array_agg(opened_at ORDER BY opened_at, execution_id),
    array_agg(execution_id ORDER BY opened_at, execution_id),
    array_agg(revision ORDER BY opened_at, execution_id),
    array_agg(seen ORDER BY opened_at, execution_id),
    0, 0, 0, 0, 0, 0, '{}'
  FROM swept
  WHERE last_at > now() - interval '25 hours'
  HAVING count(*) > 0
)
SELECT count(*) FROM swept
