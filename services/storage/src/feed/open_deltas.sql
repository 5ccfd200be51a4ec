SELECT workspace_id, cells FROM analytics.partial_delta WHERE delta_id > $1
