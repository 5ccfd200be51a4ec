INSERT INTO analytics.workspace (workspace_id)
SELECT * FROM unnest($1::uuid[])
ON CONFLICT DO NOTHING
