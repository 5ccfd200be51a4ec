SELECT workspace_id, hour, reason, field, events, last_at
FROM analytics.refusal_count
WHERE ($1 OR workspace_id = ANY ($2::uuid[]))
  AND hour >= $3 AND hour < $4
  AND ($5::timestamptz IS NULL OR (hour, workspace_id, reason, field) < ($5, $6, $7, $8))
ORDER BY hour DESC, workspace_id DESC, reason DESC, field DESC
LIMIT $9
