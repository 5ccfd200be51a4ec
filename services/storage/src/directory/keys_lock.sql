-- Until the end of the transaction: keys that are made at once are counted one after the other. The caller names the
-- lock, which the namespace keeps apart from other advisory locks.
SELECT pg_advisory_xact_lock(hashtextextended('analytics.' || $1::text, 0))
