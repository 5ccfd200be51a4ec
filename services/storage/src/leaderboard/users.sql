-- What executions amount to by the user on whose behalf they ran, over each of two periods that do not overlap: those
-- users that ran most in both, at most so many. Sums stop at what the wire carries. The last column counts all users.
WITH counted AS (
  SELECT
    e.user_id,
    period.number,
    count(*) AS opened,
    count(*) FILTER (WHERE e.outcome = 1) AS completed,
    count(*) FILTER (WHERE e.outcome = 2) AS failed,
    count(*) FILTER (WHERE e.outcome = 3) AS cancelled,
    count(*) FILTER (WHERE e.outcome = 4) AS timed_out,
    count(*) FILTER (WHERE e.outcome = 5) AS unknown,
    sum(e.input_tokens) AS input_tokens,
    count(e.input_tokens) AS with_input,
    sum(e.output_tokens) AS output_tokens,
    count(e.output_tokens) AS with_output,
    count(COALESCE(e.input_tokens, e.output_tokens)) AS with_tokens,
    sum(e.credits_micro) AS credits,
    count(e.credits_micro) AS with_credits,
    sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)) AS wasted_credits,
    count(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)) AS with_wasted_credits,
    sum(e.cost_micros) FILTER (WHERE e.cost_currency = $5) AS cost,
    count(e.cost_micros) FILTER (WHERE e.cost_currency = $5) AS with_cost,
    sum(e.cost_micros) FILTER (WHERE e.cost_currency = $5 AND e.outcome IN (2, 4)) AS wasted_cost,
    count(e.cost_micros) FILTER (WHERE e.cost_currency = $5 AND e.outcome IN (2, 4)) AS with_wasted_cost
  FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) AS period (number, start, finish)
  JOIN analytics.execution AS e ON e.opened_at >= period.start AND e.opened_at < period.finish
  WHERE e.workspace_id = ANY ($1::uuid[]) AND e.user_id IS NOT NULL
  GROUP BY e.user_id, period.number
),
-- Who ran most, whichever the period.
kept AS (
  SELECT user_id, count(*) OVER () AS users
  FROM counted
  GROUP BY user_id
  ORDER BY sum(opened) DESC, user_id
  LIMIT $6
)
SELECT
  user_id,
  -- What a workspace itself calls the person comes first; of several the first by its key.
  COALESCE((
    SELECT said.name
    FROM analytics.workspace_user AS said
    WHERE said.workspace_id = ANY ($1::uuid[]) AND said.user_id = kept.user_id AND said.name IS NOT NULL
    ORDER BY said.workspace_id
    LIMIT 1
  ), u.name),
  c.number,
  ARRAY[
    c.opened, c.completed, c.failed, c.cancelled, c.timed_out, c.unknown,
    LEAST(COALESCE(c.input_tokens, 0), 9223372036854775807)::bigint, c.with_input,
    LEAST(COALESCE(c.output_tokens, 0), 9223372036854775807)::bigint, c.with_output,
    c.with_tokens,
    LEAST(COALESCE(c.credits, 0), 9223372036854775807)::bigint, c.with_credits,
    LEAST(COALESCE(c.wasted_credits, 0), 9223372036854775807)::bigint, c.with_wasted_credits,
    LEAST(COALESCE(c.cost, 0), 9223372036854775807)::bigint, c.with_cost,
    LEAST(COALESCE(c.wasted_cost, 0), 9223372036854775807)::bigint, c.with_wasted_cost
  ]::bigint[],
  users
FROM kept
JOIN counted AS c USING (user_id)
LEFT JOIN analytics.app_user AS u USING (user_id)
ORDER BY user_id, c.number
