-- Visits by plain SQL over facts: of workspaces $1 from $2 to $3, one row each.
WITH done AS (
  SELECT a.*, COALESCE(a.name, a.path, 'unknown') AS page
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::text[]::uuid[])
    AND a.occurred_at >= $2::text::timestamptz AND a.occurred_at < $3::text::timestamptz
    AND a.type <> 5
),
begun AS (
  SELECT
    done.*,
    CASE
      WHEN session_id IS NOT NULL THEN 0
      WHEN occurred_at - lag(occurred_at) OVER person < interval '30 minutes' THEN 0
      ELSE 1
    END AS begins
  FROM done
  WINDOW person AS (PARTITION BY workspace_id, user_id, session_id ORDER BY occurred_at, event_id)
),
numbered AS (
  SELECT begun.*, sum(begins) OVER (
    PARTITION BY workspace_id, user_id, session_id ORDER BY occurred_at, event_id) AS number
  FROM begun
),
-- A page that is looked at twice running is one.
step AS (
  SELECT numbered.*,
    type = 1 AND page IS DISTINCT FROM lag(page) OVER (
      PARTITION BY workspace_id, user_id, session_id, number, type = 1 ORDER BY occurred_at, event_id) AS shown
  FROM numbered
)
SELECT
  user_id,
  count(*) AS events,
  (extract(epoch FROM max(occurred_at) - min(occurred_at)) * 1000000)::bigint AS micros,
  COALESCE(array_agg(page ORDER BY occurred_at, event_id) FILTER (WHERE shown), '{}') AS pages
FROM step
GROUP BY workspace_id, user_id, session_id, number
