-- How many errors of some groups were opened in each quarter-hour of a time; by group, or all together as if they were
-- one.
SELECT
  CASE WHEN $7 THEN e.workspace_id END,
  CASE WHEN $7 THEN e.error_fingerprint END,
  date_bin('15 minutes', e.opened_at, '1970-01-01T00:00:00Z'::timestamptz),
  count(*)
FROM unnest($1::uuid[], $2::uuid[]) AS kept (workspace_id, error_fingerprint)
JOIN analytics.execution AS e USING (workspace_id, error_fingerprint)
WHERE e.opened_at >= $3 AND e.opened_at < $4
  AND (cardinality($5::text[]) = 0 OR e.agent_id = ANY ($5::text[]))
  AND (cardinality($6::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($6::text[]))
GROUP BY 1, 2, 3
