-- What a table holds of some workspaces in a span: how many rows, and a digest of every column. {table} is filled in.
SELECT
  count(*),
  coalesce(sum(hashtextextended((
    workspace_id, opened_at, execution_id, agent_id, agent_version, trigger, environment, user_id, timeout_micros,
    started_at, ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
    cost_currency, cost_micros, error_kind, error_message, error_fingerprint, seen, revision
  )::text, 0)), 0)::text
FROM {table}
WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $3
