INSERT INTO analytics.job (name, next_run_at)
SELECT wanted.name, now()
FROM unnest($1::text[]) AS wanted (name)
ON CONFLICT DO NOTHING
