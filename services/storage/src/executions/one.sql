-- One execution by its id; of twins the one that was opened last.
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision,
  COALESCE(agent.name, e.agent_id)
FROM analytics.execution AS e
LEFT JOIN analytics.agent AS agent ON agent.workspace_id = e.workspace_id AND agent.agent_id = e.agent_id
WHERE e.workspace_id = $1
  AND e.execution_id = $2
ORDER BY e.opened_at DESC
LIMIT 1
