-- Transactions from here on began when the erasure was committed: they find it.
UPDATE analytics.erasure
SET barrier = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
WHERE workspace_id = $1 AND occurred_at = $2 AND event_id = $3 AND barrier IS NULL
