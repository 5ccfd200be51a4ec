-- The numbers of the executive page, recomputed from facts: $1 workspaces, $2 start, $3 end, $4 zone, $5 currency,
-- $6 what groups are made by ('', 'agent', 'model' or 'workspace'), $7 the groups that are kept, all where it is NULL.
-- One row for each group and local day, and one for each group over all days (day is NULL there).
WITH named AS (
  SELECT e.*, s.steps, s.failed_steps,
         CASE $6::text
           WHEN 'agent' THEN e.workspace_id || '/' || e.agent_id
           WHEN 'model' THEN coalesce(e.model, '')
           WHEN 'workspace' THEN e.workspace_id::text
           ELSE ''
         END AS name
  FROM analytics.execution AS e
  CROSS JOIN LATERAL (
    SELECT count(*) AS steps, count(*) FILTER (WHERE one.status = 2) AS failed_steps
    FROM analytics.execution_step AS one
    WHERE one.workspace_id = e.workspace_id AND one.opened_at = e.opened_at AND one.execution_id = e.execution_id
  ) AS s
  WHERE e.workspace_id = ANY ($1::text[]::uuid[])
    AND e.opened_at >= $2::text::timestamptz AND e.opened_at < $3::text::timestamptz
    -- A model is known at the end: what is open belongs to none.
    AND ($6 <> 'model' OR e.ended_at IS NOT NULL)
),
fact AS (
  SELECT e.*,
         date_trunc('day', e.opened_at, $4::text) AS day,
         CASE WHEN $7::text[] IS NULL OR e.name = ANY ($7) THEN e.name ELSE 'other' END AS grouped,
         coalesce(e.outcome IN (2, 4), false) AS wasted,
         coalesce(e.outcome = 1 AND e.duration_micros IS NOT NULL, false) AS timed
  FROM named AS e
),
-- Everything that a row needs, summed once.
summed AS (
  SELECT grouped, day,
         count(*) AS executions,
         count(*) FILTER (WHERE ended_at IS NOT NULL) AS executions_ended,
         count(*) FILTER (WHERE outcome = 1) AS completed,
         count(*) FILTER (WHERE outcome = 2) AS failed,
         count(*) FILTER (WHERE wasted) AS failures,
         count(*) FILTER (WHERE outcome IN (1, 2, 4)) AS judged,
         count(*) FILTER (WHERE ended_at IS NULL) AS open_executions,
         count(rating) AS feedback,
         sum(rating) AS rating_sum,
         sum(steps)::bigint AS steps,
         sum(failed_steps)::bigint AS failed_steps,
         array_agg(duration_micros ORDER BY duration_micros) FILTER (WHERE timed) AS durations,
         count(DISTINCT (workspace_id, agent_id)) AS active_agents,
         coalesce(sum(input_tokens), 0) AS input_tokens,
         count(input_tokens) AS input_known,
         coalesce(sum(output_tokens), 0) AS output_tokens,
         count(output_tokens) AS output_known,
         count(coalesce(input_tokens, output_tokens)) AS tokens_known,
         coalesce(sum(credits_micro), 0) AS credits,
         count(credits_micro) AS credits_known,
         coalesce(sum(credits_micro) FILTER (WHERE wasted), 0) AS wasted_credits,
         count(credits_micro) FILTER (WHERE wasted) AS wasted_known,
         coalesce(sum(cost_micros) FILTER (WHERE cost_currency = $5::text), 0) AS cost,
         count(*) FILTER (WHERE cost_currency = $5::text) AS cost_known
  FROM fact
  GROUP BY GROUPING SETS ((grouped, day), (grouped))
),
-- Who ran something and who did something else; what people do belongs to no agent and no model.
person AS (
  SELECT grouped, day, user_id FROM fact WHERE trigger = 1
  UNION ALL
  SELECT CASE $6::text WHEN 'workspace' THEN a.workspace_id::text ELSE '' END,
         date_trunc('day', a.occurred_at, $4::text), a.user_id
  FROM analytics.activity AS a
  WHERE $6::text IN ('', 'workspace') AND a.type <> 5 AND a.workspace_id = ANY ($1::text[]::uuid[])
    AND a.occurred_at >= $2::text::timestamptz AND a.occurred_at < $3::text::timestamptz
),
people AS (
  SELECT grouped, day, count(DISTINCT user_id) AS active_users
  FROM person
  GROUP BY GROUPING SETS ((grouped, day), (grouped))
)
-- An amount that nobody reported is unknown, unless nothing was there to report it.
SELECT summed.grouped AS grouped, (extract(epoch FROM summed.day) * 1000000)::bigint AS day,
       executions, executions_ended, completed, failed, failures, failures - failed AS timed_out, open_executions, coalesce(active_users, 0) AS active_users, active_agents,
       completed::float8 / nullif(judged, 0) AS success_rate,
       steps, failed_steps, steps::float8 / executions AS steps_per_run,
       feedback, rating_sum::float8 / nullif(feedback, 0) AS rating_mean,
       -- Nearest rank, from zero: floor(q * (n - 1)).
       durations[1 + floor(0.50 * (cardinality(durations) - 1))::integer] AS duration_p50,
       durations[1 + floor(0.95 * (cardinality(durations) - 1))::integer] AS duration_p95,
       CASE WHEN input_known > 0 OR executions_ended = 0 THEN input_tokens END::bigint AS input_tokens,
       CASE WHEN output_known > 0 OR executions_ended = 0 THEN output_tokens END::bigint AS output_tokens,
       CASE WHEN tokens_known > 0 OR executions_ended = 0 THEN input_tokens + output_tokens END::bigint AS total_tokens,
       CASE WHEN credits_known > 0 OR executions_ended = 0 THEN credits END::bigint AS credits,
       credits::float8 / nullif(credits_known, 0) AS credits_per_run,
       (input_tokens + output_tokens)::float8 / nullif(tokens_known, 0) AS tokens_mean,
       CASE WHEN wasted_known > 0 OR failures = 0 THEN wasted_credits END::bigint AS wasted_credits,
       CASE WHEN cost_known > 0 OR executions_ended = 0 THEN cost END::bigint AS cost,
       CASE WHEN cost_known > 0 THEN cost::float8 / nullif(completed, 0) END AS cost_per_success
FROM summed
LEFT JOIN people ON people.grouped = summed.grouped AND people.day IS NOT DISTINCT FROM summed.day
