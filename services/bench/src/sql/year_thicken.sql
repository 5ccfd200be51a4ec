-- Beside each execution $1 more like it: a few minutes later, of another length, with other amounts; without steps.
INSERT INTO analytics.execution (
  workspace_id, opened_at, execution_id, agent_id, agent_version, trigger, environment, user_id, timeout_micros,
  started_at, ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
  cost_currency, cost_micros, error_kind, error_message, error_fingerprint, seen, revision
)
SELECT
  workspace_id, opened_at + later, id, agent_id, agent_version, trigger, environment, user_id, timeout_micros,
  opened_at + later + (started_at - opened_at) * factor,
  opened_at + later + (ended_at - opened_at) * factor,
  outcome,
  (duration_micros * factor)::bigint,
  model, provider,
  (input_tokens * factor)::bigint, (output_tokens * factor)::bigint, (credits_micro * factor)::bigint,
  cost_currency, (cost_micros * factor)::bigint, error_kind, error_message, error_fingerprint,
  -- Nobody rated the copy.
  (seen & 7)::smallint, revision
FROM analytics.execution AS e
CROSS JOIN generate_series(1, $1::integer) AS copy
CROSS JOIN LATERAL (
  SELECT
    copy * interval '173 seconds' AS later,
    0.6 + 0.8 * (hashtextextended(e.execution_id::text, copy) & 1023) / 1023.0::float8 AS factor,
    md5(e.execution_id::text || copy) AS digest
) AS drawn
CROSS JOIN LATERAL (
  -- Version 7, as producers name executions: the milliseconds of the opening come first.
  SELECT (
    lpad(to_hex((extract(epoch FROM e.opened_at + later) * 1000)::bigint), 12, '0')
    || '7' || substr(digest, 1, 3) || '8' || substr(digest, 4, 15)
  )::uuid AS id
) AS named
