-- How workspaces stand just before an instant, from facts: $1 workspaces, $2 the instant. Days are those of each
-- workspace's own zone; the last of them holds the last instant before it.
WITH tenant AS (
  SELECT w.workspace_id, w.zone,
         (($2::timestamptz - interval '1 microsecond') AT TIME ZONE w.zone)::date AS last
  FROM analytics.workspace AS w
  WHERE w.workspace_id = ANY ($1::text[]::uuid[])
),
-- Who was active on which day.
active AS (
  SELECT e.workspace_id, e.user_id, t.last - (e.opened_at AT TIME ZONE t.zone)::date AS ago
  FROM analytics.execution AS e JOIN tenant AS t USING (workspace_id)
  WHERE e.trigger = 1 AND e.user_id IS NOT NULL AND e.opened_at < $2::timestamptz
  UNION
  SELECT a.workspace_id, a.user_id, t.last - (a.occurred_at AT TIME ZONE t.zone)::date
  FROM analytics.activity AS a JOIN tenant AS t USING (workspace_id)
  WHERE a.type <> 5 AND a.occurred_at < $2::timestamptz
),
people AS (
  SELECT workspace_id,
         count(DISTINCT user_id) FILTER (WHERE ago < 7) AS active_users,
         count(DISTINCT user_id) FILTER (WHERE ago BETWEEN 7 AND 34) AS active_users_before
  FROM active GROUP BY workspace_id
),
-- Each member with its active days.
member AS (
  SELECT m.workspace_id, m.user_id,
         count(DISTINCT a.ago) FILTER (WHERE a.ago < 28) AS days,
         count(DISTINCT a.ago) FILTER (WHERE a.ago < 7) > 0 AS lately
  FROM analytics.membership AS m
  LEFT JOIN active AS a ON a.workspace_id = m.workspace_id AND a.user_id = m.user_id
  GROUP BY m.workspace_id, m.user_id
),
members AS (
  SELECT workspace_id, count(*) AS members, count(*) FILTER (WHERE lately) AS active_members,
         avg(days) FILTER (WHERE days > 0) AS days
  FROM member GROUP BY workspace_id
),
run AS (
  SELECT e.*, t.last - (e.opened_at AT TIME ZONE t.zone)::date AS ago
  FROM analytics.execution AS e JOIN tenant AS t USING (workspace_id)
  WHERE e.opened_at < $2::timestamptz
),
runs AS (
  SELECT workspace_id,
         count(*) FILTER (WHERE outcome = 1 AND ago < 30) AS completed,
         count(*) FILTER (WHERE outcome = 1 AND ago < 28)::float8
           / nullif(count(*) FILTER (WHERE outcome IN (1, 2, 4) AND ago < 28), 0) AS reliability,
         1 - coalesce(sum(credits_micro) FILTER (WHERE outcome IN (2, 4) AND ago < 28), 0)::float8
           / nullif(sum(credits_micro) FILTER (WHERE ago < 28), 0)::float8 AS efficiency
  FROM run GROUP BY workspace_id
),
-- Balances, and what the last 28 complete days consumed.
credit AS (
  SELECT t.workspace_id,
         coalesce((SELECT sum(CASE WHEN c.kind = 5 THEN -c.amount_micro ELSE c.amount_micro END)
                   FROM analytics.credit_ledger AS c
                   WHERE c.workspace_id = t.workspace_id AND c.occurred_at < $2::timestamptz), 0)
         - coalesce((SELECT sum(e.credits_micro) FROM analytics.execution AS e
                     WHERE e.workspace_id = t.workspace_id AND e.ended_at < $2::timestamptz), 0) AS balance
  FROM tenant AS t
),
component AS (
  SELECT t.workspace_id,
         active_members::float8 / nullif(members, 0) AS activity,
         CASE WHEN days IS NOT NULL THEN least(days::float8 / 20, 1) END AS engagement,
         efficiency, reliability
  FROM tenant AS t LEFT JOIN members USING (workspace_id) LEFT JOIN runs USING (workspace_id)
)
SELECT t.workspace_id::text AS workspace_id,
       coalesce(members, 0) AS members, coalesce(active_members, 0) AS active_members,
       coalesce(active_users, 0) AS active_users, coalesce(active_users_before, 0) AS active_users_before,
       coalesce(completed, 0) AS completed, balance::bigint AS balance,
       activity, engagement, c.efficiency, c.reliability,
       100 * (coalesce(0.3 * activity, 0) + coalesce(0.3 * engagement, 0)
              + coalesce(0.2 * c.efficiency, 0) + coalesce(0.2 * c.reliability, 0))
         / nullif((activity IS NOT NULL)::int * 0.3 + (engagement IS NOT NULL)::int * 0.3
                  + (c.efficiency IS NOT NULL)::int * 0.2 + (c.reliability IS NOT NULL)::int * 0.2, 0)::float8 AS score,
       (SELECT count(*) FROM analytics.agent AS a WHERE a.workspace_id = t.workspace_id) AS agents,
       ARRAY (SELECT m.user_id || ': ' || m.days FROM member AS m
              WHERE m.workspace_id = t.workspace_id ORDER BY m.user_id COLLATE "C") AS days,
       (SELECT sum(s.quantity) FROM analytics.subscription_state AS s
        WHERE s.workspace_id = t.workspace_id AND s.status <> 5 AND s.valid_from < $2::timestamptz
          AND (s.valid_to IS NULL OR s.valid_to >= $2::timestamptz)) AS seats,
       (SELECT sum(s.mrr_micros)::bigint FROM analytics.subscription_state AS s
        WHERE s.workspace_id = t.workspace_id AND s.valid_from < $2::timestamptz
          AND (s.valid_to IS NULL OR s.valid_to >= $2::timestamptz)) AS monthly
FROM tenant AS t
JOIN component AS c USING (workspace_id)
JOIN credit USING (workspace_id)
LEFT JOIN members USING (workspace_id)
LEFT JOIN people USING (workspace_id)
LEFT JOIN runs USING (workspace_id)
ORDER BY t.workspace_id
