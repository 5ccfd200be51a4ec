-- The latest that did not hold.
SELECT workspace_id, identity, broken_at, broken, example
FROM analytics.identity_check
WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND checked_on >= $3 AND broken > 0
ORDER BY broken_at DESC, workspace_id, identity
LIMIT $4
