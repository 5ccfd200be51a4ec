-- Until the end of the transaction, in the order of the locks themselves, so that writers never wait in a circle; the
-- namespace keeps them apart from other advisory locks.
SELECT pg_advisory_xact_lock(wanted.lock)::text
FROM (
  SELECT DISTINCT hashtextextended('analytics.subscriptions ' || workspace_id::text, 0) AS lock
  FROM unnest($1::uuid[]) AS batch (workspace_id)
  ORDER BY lock
) AS wanted
