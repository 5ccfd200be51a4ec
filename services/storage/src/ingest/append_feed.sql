-- One entry per workspace, its changes in the order given. It has no position yet: that comes after the commit.
INSERT INTO analytics.feed (workspace_id, opened_at, execution_id, revision, seen, committed_at)
SELECT
  change.workspace_id,
  array_agg(change.opened_at ORDER BY change.place),
  array_agg(change.execution_id ORDER BY change.place),
  array_agg(change.revision ORDER BY change.place),
  array_agg(change.seen ORDER BY change.place),
  $6
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::integer[], $5::smallint[])
  WITH ORDINALITY AS change (workspace_id, opened_at, execution_id, revision, seen, place)
GROUP BY change.workspace_id
ORDER BY change.workspace_id
