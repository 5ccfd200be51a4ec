-- Who moved and why, recomputed from facts: $1 workspaces, $2 start of the period before, $3 start, $4 end, $5 who may have
-- moved: 'workspace', 'agent', or '' for all of them together. One row for each.
WITH fact AS (
  SELECT e.*, e.opened_at >= $3::text::timestamptz AS current,
         CASE $5::text WHEN 'workspace' THEN e.workspace_id::text WHEN 'agent' THEN e.agent_id ELSE '' END AS subject
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[])
    AND e.opened_at >= $2::text::timestamptz AND e.opened_at < $4::text::timestamptz
),
-- Who ran something and who did something else; what people do belongs to no agent.
person AS (
  SELECT subject, current, user_id FROM fact WHERE trigger = 1
  UNION ALL
  SELECT CASE $5::text WHEN 'workspace' THEN a.workspace_id::text ELSE '' END,
         a.occurred_at >= $3::text::timestamptz, a.user_id
  FROM analytics.activity AS a
  WHERE $5::text <> 'agent' AND a.type <> 5 AND a.workspace_id = ANY ($1::text[]::uuid[])
    AND a.occurred_at >= $2::text::timestamptz AND a.occurred_at < $4::text::timestamptz
),
people AS (
  SELECT subject,
         count(DISTINCT user_id) FILTER (WHERE current) AS users,
         count(DISTINCT user_id) FILTER (WHERE NOT current) AS previous_users
  FROM person
  GROUP BY subject
),
counted AS (
  SELECT subject,
         count(*) FILTER (WHERE current) AS executions,
         count(*) FILTER (WHERE NOT current) AS previous,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE outcome = 1) AS completed,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE outcome = 2) AS failed,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE outcome = 4) AS timed_out,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE outcome = 3) AS cancelled,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE outcome = 5) AS unknown,
         sum(CASE WHEN current THEN 1 ELSE -1 END) FILTER (WHERE ended_at IS NULL) AS open
  FROM fact
  GROUP BY subject
)
SELECT subject, executions, previous, executions - previous AS change,
       coalesce(users, 0) AS users, coalesce(previous_users, 0) AS previous_users,
       ARRAY[coalesce(completed, 0), coalesce(failed, 0), coalesce(timed_out, 0), coalesce(cancelled, 0),
             coalesce(unknown, 0), coalesce(open, 0)]::bigint[] AS outcomes,
       -- A double is rounded half to even.
       CASE WHEN users > 0 AND previous_users > 0 THEN
         round(((users - previous_users) * (executions::numeric / users + previous::numeric / previous_users) / 2)::float8)
       END::bigint AS by_users
FROM counted
LEFT JOIN people USING (subject)
