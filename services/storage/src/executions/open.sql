-- What is open of some quarter-hours, the earliest first.
WITH earliest AS (
  SELECT one.*
  FROM unnest($1::uuid[], $2::timestamptz[]) AS quarter (workspace_id, start)
  -- Those of each quarter-hour, straight from the primary key. The limit also keeps this a lookup for each of them: without
  -- one it would be taken for a join, with all facts on its other side.
  CROSS JOIN LATERAL (
    SELECT e.*
    FROM analytics.execution AS e
    WHERE e.workspace_id = quarter.workspace_id
      AND e.opened_at >= quarter.start AND e.opened_at < quarter.start + interval '15 minutes'
      AND e.ended_at IS NULL
    ORDER BY e.opened_at, e.execution_id
    LIMIT $3
  ) AS one
  ORDER BY one.opened_at, one.workspace_id, one.execution_id
  LIMIT $3
)
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision,
  COALESCE(agent.name, e.agent_id)
FROM earliest AS e
LEFT JOIN analytics.agent AS agent ON agent.workspace_id = e.workspace_id AND agent.agent_id = e.agent_id
ORDER BY e.opened_at, e.workspace_id, e.execution_id
