-- What the pages of totals say is open, by workspace: a row per workspace and day is read, however many executions there
-- are, and no index on open executions is needed, which would make every end of an execution dearer.
SELECT workspace.workspace_id, page.open
FROM analytics.workspace
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(one.opened - one.ended), 0)::bigint AS open
  FROM analytics.partial_page AS one
  WHERE one.workspace_id = workspace.workspace_id
    AND one.dimension = $1
) AS page
