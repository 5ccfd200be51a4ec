-- What is stored of some steps, by key.
SELECT s.workspace_id, s.opened_at, s.execution_id, s.number, s.kind, s.name, s.started_at, s.ended_at, s.status,
  s.input_tokens, s.output_tokens, s.error_kind, s.error_message
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::integer[]) AS wanted (workspace_id, opened_at, execution_id, number)
JOIN analytics.execution_step AS s USING (workspace_id, opened_at, execution_id, number)
