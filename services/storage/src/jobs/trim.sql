DELETE FROM analytics.job
WHERE name <> ALL ($1::text[]) AND next_run_at < $2 AND (lease_until IS NULL OR lease_until < now())
