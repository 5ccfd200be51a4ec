-- What is stored of some activities, by key.
SELECT a.workspace_id, a.occurred_at, a.event_id, a.user_id, a.type, a.session_id, a.name, a.path, a.device
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, occurred_at, event_id)
JOIN analytics.activity AS a USING (workspace_id, occurred_at, event_id)
