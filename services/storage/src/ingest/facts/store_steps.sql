INSERT INTO analytics.execution_step (
  workspace_id, opened_at, execution_id, number, kind, name, started_at, ended_at, status, input_tokens, output_tokens,
  error_kind, error_message
)
-- The batch, sorted by key: two writers that meet wait for each other in this order.
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::integer[], $5::smallint[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::smallint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[])
ON CONFLICT (workspace_id, opened_at, execution_id, number) DO NOTHING
RETURNING workspace_id, opened_at, execution_id, number
