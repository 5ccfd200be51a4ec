-- The one that has been due for longest, unless another worker is just taking it.
WITH due AS (
  SELECT name
  FROM analytics.job
  WHERE name = ANY ($1::text[])
    AND next_run_at <= now()
    AND (lease_until IS NULL OR lease_until <= now())
  ORDER BY next_run_at, name
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE analytics.job
SET lease_holder    = $2,
    lease_until     = now() + $3 * interval '1 millisecond',
    heartbeat_at    = now(),
    last_started_at = now()
FROM due
WHERE job.name = due.name
RETURNING job.name
