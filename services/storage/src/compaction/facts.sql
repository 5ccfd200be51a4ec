-- Facts that touch the range by any of their times, in the order of their key. Nothing starts or ends before it is
-- opened, so later months need no look.
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision
FROM analytics.execution AS e
WHERE e.workspace_id = $1
  AND e.opened_at < $3
  AND (e.opened_at, e.execution_id) > ($4, $5)
  AND (
    e.opened_at >= $2
    OR (e.started_at >= $2 AND e.started_at < $3)
    OR (e.ended_at >= $2 AND e.ended_at < $3)
  )
ORDER BY e.opened_at, e.execution_id
LIMIT $6
