-- Transactions from this one's number on began when the erasure was committed: they find it. The end of a snapshot would
-- not do, since it may lie before the numbers of transactions that run.
UPDATE analytics.erasure
SET barrier = pg_current_xact_id()::text::bigint
WHERE workspace_id = $1 AND occurred_at = $2 AND event_id = $3 AND barrier IS NULL
