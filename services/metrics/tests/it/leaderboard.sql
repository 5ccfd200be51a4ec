-- Who leads, from facts: $1 workspaces, $2 start, $3 end, $4 what is ranked ('agent', 'workspace' or 'user'), $5 by what,
-- $6 whether the smallest come first, $7 how many executions a rank takes.
WITH named AS (
  SELECT CASE $4::text
           WHEN 'agent' THEN e.workspace_id || '/' || e.agent_id
           WHEN 'workspace' THEN e.workspace_id || '/' || e.workspace_id
           ELSE '/' || e.user_id
         END AS name, e.*
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[])
    AND e.opened_at >= $2::timestamptz AND e.opened_at < $3::timestamptz
),
summed AS (
  SELECT name, count(*) AS executions,
         CASE $5::text
           WHEN 'executions' THEN count(*)::float8
           WHEN 'success_rate' THEN count(*) FILTER (WHERE outcome = 1)::float8
                                    / nullif(count(*) FILTER (WHERE outcome IN (1, 2, 4)), 0)
           WHEN 'wasted_credits' THEN
             CASE WHEN count(credits_micro) FILTER (WHERE outcome IN (2, 4)) > 0
                    OR count(*) FILTER (WHERE outcome IN (2, 4)) = 0
                  THEN coalesce(sum(credits_micro) FILTER (WHERE outcome IN (2, 4)), 0)::float8 END
           WHEN 'total_tokens' THEN
             CASE WHEN count(coalesce(input_tokens, output_tokens)) > 0 OR count(ended_at) = 0
                  THEN (coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0))::float8 END
           WHEN 'cost' THEN
             CASE WHEN count(*) FILTER (WHERE cost_currency = 'USD') > 0 OR count(ended_at) = 0
                  THEN coalesce(sum(cost_micros) FILTER (WHERE cost_currency = 'USD'), 0)::float8 END
         END AS value
  FROM named
  WHERE name IS NOT NULL
  GROUP BY name
)
SELECT name, executions, value,
       rank() OVER (ORDER BY CASE WHEN $6::boolean THEN value ELSE -value END) AS rank
FROM summed
WHERE value IS NOT NULL AND executions >= $7::bigint
ORDER BY rank, name COLLATE "C"
