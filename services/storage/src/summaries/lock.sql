-- Until the end of the transaction; the namespace keeps it apart from other advisory locks.
SELECT pg_try_advisory_xact_lock(hashtextextended('analytics.user_day ' || $1::uuid::text || ' ' || $2::date::text, 0))
