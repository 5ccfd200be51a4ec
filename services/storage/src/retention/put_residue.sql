INSERT INTO analytics.fact_residue (workspace_id, gone_before, last_quarter, cells)
VALUES ($1, $2, $3, $4)
