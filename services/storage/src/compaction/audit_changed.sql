-- What was audited before is no longer what is there.
UPDATE analytics.page_audit
SET changed_at = now()
WHERE workspace_id = $1 AND day = ANY ($2::date[]) AND changed_at IS NULL
