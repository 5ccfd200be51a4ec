-- What people did in some times, token refreshes (5) left out; of some users, or of all where none is named. Whoever knows
-- on which days a user was active names those, so that nothing else is read.
SELECT a.workspace_id, a.occurred_at, a.event_id, a.user_id, a.type, a.session_id, a.name, a.path
FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (start, finish)
JOIN analytics.activity AS a
  ON a.occurred_at >= span.start AND a.occurred_at < span.finish
WHERE a.workspace_id = ANY ($1::uuid[])
  AND a.type <> 5
  AND (cardinality($4::text[]) = 0 OR a.user_id = ANY ($4::text[]))
LIMIT $5
