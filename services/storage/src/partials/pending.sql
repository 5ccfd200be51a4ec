SELECT delta.workspace_id, delta.cells
FROM analytics.partial_delta AS delta
WHERE delta.workspace_id = ANY ($1::uuid[])
  -- A cell ends a quarter of an hour after it starts.
  AND delta.last_quarter > $2::timestamptz - interval '15 minutes'
  AND delta.first_quarter < $3
ORDER BY delta.workspace_id, delta.delta_id
