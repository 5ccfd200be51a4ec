INSERT INTO analytics.execution AS stored (
  workspace_id, opened_at, execution_id,
  agent_id, agent_version, trigger, environment, user_id, timeout_micros,
  started_at,
  ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
  cost_currency, cost_micros, error_kind, error_message, error_fingerprint,
  feedback_at, rating, feedback_comment, feedback_user_id,
  seen
)
-- The batch, sorted by key: rows are locked in this order.
SELECT *
FROM unnest($1::analytics.execution_input_3[])
ON CONFLICT (workspace_id, opened_at, execution_id) DO UPDATE SET
  -- Where both have a value they are equal, or the row is not touched at all.
  started_at       = COALESCE(stored.started_at, excluded.started_at),
  ended_at         = COALESCE(stored.ended_at, excluded.ended_at),
  outcome          = COALESCE(stored.outcome, excluded.outcome),
  duration_micros  = COALESCE(stored.duration_micros, excluded.duration_micros),
  model            = COALESCE(stored.model, excluded.model),
  provider         = COALESCE(stored.provider, excluded.provider),
  input_tokens     = COALESCE(stored.input_tokens, excluded.input_tokens),
  output_tokens    = COALESCE(stored.output_tokens, excluded.output_tokens),
  credits_micro    = COALESCE(stored.credits_micro, excluded.credits_micro),
  cost_currency    = COALESCE(stored.cost_currency, excluded.cost_currency),
  cost_micros      = COALESCE(stored.cost_micros, excluded.cost_micros),
  error_kind       = COALESCE(stored.error_kind, excluded.error_kind),
  error_message    = COALESCE(stored.error_message, excluded.error_message),
  -- It follows from what the end says.
  error_fingerprint = COALESCE(stored.error_fingerprint, excluded.error_fingerprint),
  feedback_at      = COALESCE(stored.feedback_at, excluded.feedback_at),
  rating           = COALESCE(stored.rating, excluded.rating),
  feedback_comment = COALESCE(stored.feedback_comment, excluded.feedback_comment),
  feedback_user_id = COALESCE(stored.feedback_user_id, excluded.feedback_user_id),
  seen             = stored.seen | excluded.seen,
  -- What was known before comes back in a column of its own: old values in RETURNING are not portable.
  prev_seen        = stored.seen,
  revision         = stored.revision + 1
-- Something is new,
WHERE excluded.seen & ~stored.seen <> 0
  -- it is the same execution,
  AND excluded.agent_id = stored.agent_id
  AND excluded.agent_version IS NOT DISTINCT FROM stored.agent_version
  AND excluded.trigger = stored.trigger
  AND excluded.environment IS NOT DISTINCT FROM stored.environment
  AND excluded.user_id IS NOT DISTINCT FROM stored.user_id
  AND excluded.timeout_micros IS NOT DISTINCT FROM stored.timeout_micros
  -- and nothing that both know differs.
  AND (excluded.started_at IS NULL OR stored.started_at IS NULL OR excluded.started_at = stored.started_at)
  -- nor ends before it began,
  AND (COALESCE(stored.ended_at, excluded.ended_at) < COALESCE(stored.started_at, excluded.started_at)) IS NOT TRUE
  AND (
    excluded.seen & stored.seen & 4 = 0
    OR (excluded.ended_at, excluded.outcome, excluded.duration_micros, excluded.model, excluded.provider,
        excluded.input_tokens, excluded.output_tokens, excluded.credits_micro, excluded.cost_currency,
        excluded.cost_micros, excluded.error_kind, excluded.error_message)
       IS NOT DISTINCT FROM
       (stored.ended_at, stored.outcome, stored.duration_micros, stored.model, stored.provider,
        stored.input_tokens, stored.output_tokens, stored.credits_micro, stored.cost_currency,
        stored.cost_micros, stored.error_kind, stored.error_message)
  )
  AND (
    excluded.seen & stored.seen & 8 = 0
    OR (excluded.feedback_at, excluded.rating, excluded.feedback_comment, excluded.feedback_user_id)
       IS NOT DISTINCT FROM
       (stored.feedback_at, stored.rating, stored.feedback_comment, stored.feedback_user_id)
  )
RETURNING stored.workspace_id, stored.opened_at, stored.execution_id, stored.prev_seen, stored.revision
