INSERT INTO analytics.execution (
  workspace_id, opened_at, execution_id,
  agent_id, agent_version, trigger, environment, user_id, timeout_micros,
  started_at,
  ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
  cost_currency, cost_micros, error_kind, error_message, error_fingerprint,
  feedback_at, rating, feedback_comment, feedback_user_id,
  seen
)
-- The batch, sorted by key: rows are locked in this order. Where one is stored already, none is inserted.
SELECT *
FROM unnest($1::analytics.execution_input_3[])
