-- The next workspace, with the time of its facts.
SELECT
  next.workspace_id,
  LEAST(
    (SELECT min(e.opened_at) FROM analytics.execution AS e WHERE e.workspace_id = next.workspace_id),
    (SELECT min(a.occurred_at) FROM analytics.activity AS a WHERE a.workspace_id = next.workspace_id)
  ),
  GREATEST(
    (SELECT max(e.opened_at) FROM analytics.execution AS e WHERE e.workspace_id = next.workspace_id),
    (SELECT max(a.occurred_at) FROM analytics.activity AS a WHERE a.workspace_id = next.workspace_id)
  )
FROM (
  SELECT workspace_id
  FROM analytics.workspace
  WHERE workspace_id > COALESCE($1, '00000000-0000-0000-0000-000000000000')
  ORDER BY workspace_id
  LIMIT 1
) AS next
