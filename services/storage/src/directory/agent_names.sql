SELECT agent.workspace_id, agent.agent_id, agent.name
FROM unnest($1::uuid[], $2::text[]) AS wanted (workspace_id, agent_id)
JOIN analytics.agent AS agent USING (workspace_id, agent_id)
WHERE agent.name IS NOT NULL
