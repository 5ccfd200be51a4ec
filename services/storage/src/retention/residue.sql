-- Executions that were opened before a time and began or ended after it, in the order of their key.
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision
FROM analytics.execution AS e
WHERE e.opened_at < $1
  AND (e.started_at >= $1 OR e.ended_at >= $1)
  AND (e.workspace_id, e.opened_at, e.execution_id) > ($2, $3, $4)
ORDER BY e.workspace_id, e.opened_at, e.execution_id
LIMIT $5
