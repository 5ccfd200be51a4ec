INSERT INTO analytics.partial_delta (workspace_id, first_quarter, last_quarter, last_event_at, cells)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::bytea[])
