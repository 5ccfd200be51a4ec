-- One entry per workspace, its changes in the order given: each is a slice of the batch, cut out where it lies. It has
-- no position yet: that comes after the commit.
INSERT INTO analytics.feed (
  workspace_id, opened_at, execution_id, revision, seen, committed_at,
  open_change, opened, started, ended, failed, credits_micro, users
)
SELECT
  part.workspace_id,
  ($4::timestamptz[])[part.first:part.last],
  ($5::uuid[])[part.first:part.last],
  ($6::integer[])[part.first:part.last],
  ($7::smallint[])[part.first:part.last],
  $8,
  part.open_change, part.opened, part.started, part.ended, part.failed, part.credits_micro,
  ($9::integer[])[part.first_user:part.last_user]
FROM unnest(
  $1::uuid[], $2::integer[], $3::integer[],
  $10::integer[], $11::integer[], $12::integer[], $13::integer[], $14::integer[], $15::bigint[],
  $16::integer[], $17::integer[]
) AS part (
  workspace_id, first, last,
  open_change, opened, started, ended, failed, credits_micro,
  first_user, last_user
)
