-- One relay of a shard at a time, until the end of its transaction, however that ends.
SELECT 1::integer FROM pg_advisory_xact_lock(hashtextextended('analytics.feed stream ' || $1::smallint::text, 0))
