-- Adds what was found to what was found on the same day. In the order of the key, so that two workers never wait for each
-- other in a circle.
INSERT INTO analytics.identity_check AS kept
  (workspace_id, identity, checked_on, checked_at, checks, compared, broken, broken_at, example)
SELECT
  found.workspace_id, found.identity, (now() AT TIME ZONE 'UTC')::date, now(), 1, found.compared, found.broken,
  CASE WHEN found.broken > 0 THEN now() END, found.example
FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[])
  AS found (workspace_id, identity, compared, broken, example)
ORDER BY found.workspace_id, found.identity
ON CONFLICT (workspace_id, identity, checked_on) DO UPDATE SET
  checked_at = excluded.checked_at,
  checks = kept.checks + 1,
  compared = kept.compared + excluded.compared,
  broken = kept.broken + excluded.broken,
  broken_at = COALESCE(excluded.broken_at, kept.broken_at),
  example = COALESCE(excluded.example, kept.example)
