-- Errors of the time that no summary covers, one by one: before and after the whole days, and of the gaps between them,
-- which lie within bounds that tell the planner where to look. Of each, the credits that it cost where it failed or timed out.
-- Kinds keep all where none is named; the empty kind is that of errors without one.
SELECT
  e.workspace_id, e.error_fingerprint, e.opened_at, e.agent_id, e.user_id,
  CASE WHEN e.outcome IN (2, 4) THEN e.credits_micro END
FROM analytics.execution AS e
WHERE e.workspace_id = ANY ($1::uuid[])
  AND e.error_fingerprint IS NOT NULL
  AND e.opened_at >= $2 AND e.opened_at < $3
  AND (cardinality($11::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($11::text[]))
UNION ALL
SELECT
  e.workspace_id, e.error_fingerprint, e.opened_at, e.agent_id, e.user_id,
  CASE WHEN e.outcome IN (2, 4) THEN e.credits_micro END
FROM analytics.execution AS e
WHERE e.workspace_id = ANY ($1::uuid[])
  AND e.error_fingerprint IS NOT NULL
  AND e.opened_at >= $4 AND e.opened_at < $5
  AND (cardinality($11::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($11::text[]))
UNION ALL
SELECT
  e.workspace_id, e.error_fingerprint, e.opened_at, e.agent_id, e.user_id,
  CASE WHEN e.outcome IN (2, 4) THEN e.credits_micro END
FROM unnest($8::uuid[], $9::timestamptz[], $10::timestamptz[]) AS gap (workspace_id, start, finish)
JOIN analytics.execution AS e ON e.workspace_id = gap.workspace_id AND e.opened_at >= gap.start AND e.opened_at < gap.finish
WHERE e.workspace_id = ANY ($1::uuid[])
  AND e.error_fingerprint IS NOT NULL
  AND e.opened_at >= $6 AND e.opened_at < $7
  AND (cardinality($11::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($11::text[]))
