-- The latest audits that found pages wrong.
SELECT workspace_id, day, audited_at, pages, repaired
FROM analytics.page_audit
WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND audited_at >= $3 AND repaired > 0
ORDER BY audited_at DESC, workspace_id, day
LIMIT $4
