-- Movements of a time before one of them, the latest first. No kinds are all kinds.
SELECT m.workspace_id, w.name, m.occurred_at, m.currency, m.kind, m.before_micros, m.after_micros
FROM analytics.mrr_movement AS m
JOIN analytics.workspace AS w USING (workspace_id)
WHERE m.workspace_id = ANY ($1::uuid[])
  AND m.occurred_at >= $2
  AND (m.occurred_at, m.workspace_id, m.currency) < ($3, $4, $5)
  AND (cardinality($6::smallint[]) = 0 OR m.kind = ANY ($6::smallint[]))
ORDER BY m.occurred_at DESC, m.workspace_id DESC, m.currency DESC
LIMIT $7
