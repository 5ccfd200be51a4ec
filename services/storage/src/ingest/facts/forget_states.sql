DELETE FROM analytics.subscription_state WHERE workspace_id = ANY ($1::uuid[])
