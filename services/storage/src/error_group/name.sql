-- Gives errors their groups; what has one by now keeps it.
UPDATE analytics.execution AS stored
SET error_fingerprint = named.error_fingerprint
FROM unnest($2::timestamptz[], $3::uuid[], $4::uuid[]) AS named (opened_at, execution_id, error_fingerprint)
WHERE stored.workspace_id = $1
  AND stored.opened_at = named.opened_at
  AND stored.execution_id = named.execution_id
  AND stored.error_fingerprint IS NULL
