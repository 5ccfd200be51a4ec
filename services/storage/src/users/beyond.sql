-- The latest activity beyond so many later ones; nothing where there are no more than those.
SELECT a.occurred_at
FROM analytics.activity AS a
WHERE a.workspace_id = ANY ($1::uuid[])
  AND a.occurred_at >= $2 AND a.occurred_at < $3
  AND a.type <> 5
ORDER BY a.occurred_at DESC
OFFSET $4
LIMIT 1
