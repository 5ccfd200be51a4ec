UPDATE analytics.job
SET lease_holder      = NULL,
    lease_until       = NULL,
    next_run_at       = now() + $3 * interval '1 millisecond',
    last_finished_at  = now(),
    last_succeeded_at = CASE WHEN $5::text IS NULL THEN now() ELSE last_succeeded_at END,
    last_result       = CASE WHEN $5::text IS NULL THEN $4::text ELSE last_result END,
    last_error        = $5::text,
    runs              = runs + 1,
    failures          = CASE WHEN $5::text IS NULL THEN 0 ELSE failures + 1 END
WHERE name = $1 AND lease_holder = $2
RETURNING name
