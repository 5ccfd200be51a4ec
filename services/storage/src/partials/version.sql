-- All that answers over some days depend on, as a text: two states one after the other have the same only where nothing
-- of it has changed. Pages: their versions only count up.
WITH pages AS (
  SELECT COALESCE(sum(counted.version), 0)::text AS version
  FROM analytics.page_version AS counted
  WHERE counted.workspace_id = ANY ($1::uuid[]) AND counted.day BETWEEN $2 AND $3
),
-- What waits to be compacted and touches the days: none of it ever changes, and no number is given twice.
pending AS (
  SELECT md5(COALESCE(string_agg(delta.delta_id::text, ',' ORDER BY delta.delta_id), '')) AS version
  FROM analytics.partial_delta AS delta
  WHERE delta.workspace_id = ANY ($1::uuid[])
    AND delta.last_quarter > $4::timestamptz - interval '15 minutes'
    AND delta.first_quarter < $5
),
-- What agents are called, where that is answered.
agents AS (
  SELECT md5(COALESCE(string_agg(
    concat_ws(chr(31), agent.workspace_id, agent.agent_id, agent.name), chr(30)
    ORDER BY agent.workspace_id, agent.agent_id), '')) AS version
  FROM analytics.agent AS agent
  WHERE $6 AND agent.workspace_id = ANY ($1::uuid[]) AND agent.name IS NOT NULL
),
-- What workspaces are called, where that is.
workspaces AS (
  SELECT md5(COALESCE(string_agg(
    concat_ws(chr(31), workspace.workspace_id, workspace.name), chr(30)
    ORDER BY workspace.workspace_id), '')) AS version
  FROM analytics.workspace AS workspace
  WHERE $7 AND workspace.workspace_id = ANY ($1::uuid[])
)
SELECT concat_ws('/', pages.version, pending.version, agents.version, workspaces.version)
FROM pages, pending, agents, workspaces
