SELECT key_id, name, hash, permissions, workspaces, expires_at
FROM analytics.service_key
WHERE revoked_at IS NULL AND expires_at > $1
LIMIT $2
