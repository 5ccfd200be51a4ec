-- Whether errors of a time have no group yet, which a version before has stored.
SELECT EXISTS (
  SELECT FROM analytics.execution AS e
  WHERE e.workspace_id = $1
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND e.error_fingerprint IS NULL
    AND (e.outcome IN (2, 4) OR e.error_kind IS NOT NULL OR e.error_message IS NOT NULL)
)
