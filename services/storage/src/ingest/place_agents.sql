INSERT INTO analytics.agent (workspace_id, agent_id)
SELECT * FROM unnest($1::uuid[], $2::text[])
ON CONFLICT DO NOTHING
