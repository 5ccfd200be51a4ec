WITH oldest AS (
  SELECT workspace_id, day, audited_at
  FROM analytics.page_audit
  WHERE audited_at < $1
  ORDER BY audited_at, workspace_id, day
  LIMIT $2
)
DELETE FROM analytics.page_audit AS kept
USING oldest
WHERE kept.workspace_id = oldest.workspace_id
  AND kept.day = oldest.day
  AND kept.audited_at = oldest.audited_at
