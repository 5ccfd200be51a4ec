-- The workspaces that are asked about.
WITH asked AS (
  SELECT workspace_id
  FROM analytics.workspace
  WHERE $1 OR workspace_id = ANY ($2::uuid[])
),
-- The latest of each, straight from its primary key, then the latest of all.
latest AS (
  SELECT one.*
  FROM asked
  CROSS JOIN LATERAL (
    SELECT e.*
    FROM analytics.execution AS e
    WHERE e.workspace_id = asked.workspace_id
      AND (cardinality($3::text[]) = 0 OR e.agent_id = ANY ($3))
      -- Codes of a status: 1 queued, 2 running, and from 3 on how it ended, which is the outcome and 2.
      AND (
        cardinality($4::smallint[]) = 0
        OR CASE
             WHEN e.outcome IS NOT NULL THEN e.outcome + 2
             WHEN e.started_at IS NOT NULL THEN 2
             ELSE 1
           END = ANY ($4)
      )
      AND (cardinality($5::text[]) = 0 OR e.model = ANY ($5))
      AND ($6::bigint IS NULL OR e.duration_micros >= $6)
    ORDER BY e.opened_at DESC, e.execution_id DESC
    LIMIT $7
  ) AS one
  ORDER BY one.opened_at DESC, one.execution_id DESC
  LIMIT $7
)
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision,
  COALESCE(agent.name, e.agent_id)
FROM latest AS e
LEFT JOIN analytics.agent AS agent ON agent.workspace_id = e.workspace_id AND agent.agent_id = e.agent_id
ORDER BY e.opened_at DESC, e.execution_id DESC
