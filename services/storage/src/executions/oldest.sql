-- Executions that were opened in a time and after a key, the earliest first.
WITH earliest AS (
  SELECT one.*
  FROM unnest($1::uuid[]) AS asked (workspace_id)
  -- Those of each workspace, straight from its primary key.
  CROSS JOIN LATERAL (
    SELECT e.*
    FROM analytics.execution AS e
    WHERE e.workspace_id = asked.workspace_id
      AND e.opened_at >= $2 AND e.opened_at < $3
      AND ($4::text IS NULL OR e.agent_id = $4)
      -- Codes of a status: 1 queued, 2 running, and from 3 on how it ended, which is the outcome and 2.
      AND (
        cardinality($5::smallint[]) = 0
        OR CASE
             WHEN e.outcome IS NOT NULL THEN e.outcome + 2
             WHEN e.started_at IS NOT NULL THEN 2
             ELSE 1
           END = ANY ($5)
      )
      -- An empty text is what is not known, where it could be.
      AND ($6::text IS NULL OR (COALESCE(e.model, '') = $6 AND e.outcome IS NOT NULL))
      AND ($7::text IS NULL OR e.user_id = $7)
      AND ($8::bigint IS NULL OR e.duration_micros >= $8)
      AND (cardinality($9::smallint[]) = 0 OR e.trigger = ANY ($9))
      AND ($10::text IS NULL OR (COALESCE(e.error_kind, '') = $10 AND e.outcome IN (2, 4)))
      AND (
        $11 = ''
        OR strpos(
          lower(concat_ws(E'\n', e.execution_id, e.agent_id, e.user_id, e.model, e.error_kind, e.error_message)), $11
        ) > 0
        OR EXISTS (
          SELECT FROM analytics.agent AS named
          WHERE named.workspace_id = e.workspace_id AND named.agent_id = e.agent_id
            AND strpos(lower(named.name), $11) > 0
        )
      )
      -- The first of these bounds the index, the second is exact.
      AND e.opened_at >= $12
      AND (e.opened_at, e.workspace_id, e.execution_id) > ($12, $13, $14)
    ORDER BY e.opened_at, e.execution_id
    LIMIT $15
  ) AS one
  ORDER BY one.opened_at, one.workspace_id, one.execution_id
  LIMIT $15
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
