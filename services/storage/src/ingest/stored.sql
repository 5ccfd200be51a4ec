-- What is stored of some executions, by key. The range of opened_at is that of the keys: it spares the other months.
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, opened_at, execution_id)
JOIN analytics.execution AS e USING (workspace_id, opened_at, execution_id)
WHERE e.opened_at BETWEEN $4 AND $5
