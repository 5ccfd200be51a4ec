DELETE FROM analytics.mrr_movement WHERE workspace_id = ANY ($1::uuid[])
