UPDATE analytics.job
SET lease_until  = now() + $3 * interval '1 millisecond',
    heartbeat_at = now()
WHERE name = $1 AND lease_holder = $2
RETURNING name
