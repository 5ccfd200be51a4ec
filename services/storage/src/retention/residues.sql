SELECT cells
FROM analytics.fact_residue
WHERE workspace_id = $1 AND last_quarter >= $2
