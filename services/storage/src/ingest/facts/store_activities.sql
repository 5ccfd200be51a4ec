INSERT INTO analytics.activity (workspace_id, occurred_at, event_id, user_id, type, session_id, name, path, device)
-- The batch, sorted by key: two writers that meet wait for each other in this order.
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::text[],
            $9::text[])
ON CONFLICT (workspace_id, occurred_at, event_id) DO NOTHING
RETURNING workspace_id, occurred_at, event_id
