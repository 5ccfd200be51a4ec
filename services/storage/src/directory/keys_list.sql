-- Without the hashes: whoever looks at keys needs none.
SELECT key_id, name, permissions, workspaces, created_at, created_by, expires_at, revoked_at, revoked_by
FROM analytics.service_key
WHERE $1::timestamptz IS NULL OR (created_at, key_id) < ($1, $2)
ORDER BY created_at DESC, key_id DESC
LIMIT $3
