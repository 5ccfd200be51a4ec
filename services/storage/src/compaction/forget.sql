DELETE FROM analytics.partial_delta
WHERE workspace_id = $1 AND delta_id = ANY ($2::bigint[])
RETURNING delta_id
