-- What the errors of some groups amount to in a time, all together: whoever was hit by two of them was hit once.
SELECT
  count(*),
  count(DISTINCT e.user_id),
  count(DISTINCT (e.workspace_id, e.agent_id)),
  (sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)))::text
FROM unnest($1::uuid[], $2::uuid[]) AS kept (workspace_id, error_fingerprint)
JOIN analytics.execution AS e USING (workspace_id, error_fingerprint)
WHERE e.opened_at >= $3 AND e.opened_at < $4
  AND (cardinality($5::text[]) = 0 OR e.agent_id = ANY ($5::text[]))
  AND (cardinality($6::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($6::text[]))
