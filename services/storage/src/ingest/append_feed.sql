-- One entry per workspace, its changes in the order given: each is a slice of the batch, cut out where it lies. It has
-- no position yet: that comes after the commit.
INSERT INTO analytics.feed (workspace_id, opened_at, execution_id, revision, seen, committed_at)
SELECT
  part.workspace_id,
  ($4::timestamptz[])[part.first:part.last],
  ($5::uuid[])[part.first:part.last],
  ($6::integer[])[part.first:part.last],
  ($7::smallint[])[part.first:part.last],
  $8
FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS part (workspace_id, first, last)
