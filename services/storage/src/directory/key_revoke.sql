-- Who was first stays on record.
UPDATE analytics.service_key
SET revoked_at = COALESCE(revoked_at, $2), revoked_by = COALESCE(revoked_by, $3)
WHERE key_id = $1
