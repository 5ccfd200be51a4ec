INSERT INTO analytics.service_key (key_id, name, hash, permissions, workspaces, created_at, created_by, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (
  SELECT count(*) FROM analytics.service_key WHERE revoked_at IS NULL AND expires_at > $6
) < $9
