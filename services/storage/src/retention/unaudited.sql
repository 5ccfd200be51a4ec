SELECT workspace_id, day FROM analytics.unaudited_days($1, $2, $3)
