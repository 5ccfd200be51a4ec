-- Whether anything of some workspaces ended in an error in a time. $1 workspaces, $2 start, $3 end.
SELECT EXISTS (
  SELECT
  FROM analytics.execution
  WHERE workspace_id = ANY ($1) AND error_fingerprint IS NOT NULL AND opened_at >= $2 AND opened_at < $3
)
