INSERT INTO analytics.mrr_movement (workspace_id, occurred_at, currency, kind, before_micros, after_micros)
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[])
