SELECT name, next_run_at, lease_holder, lease_until, last_succeeded_at, last_result, last_error, runs, failures
FROM analytics.job
ORDER BY name
LIMIT $1
