-- What each batch adds to the live counters, so that they can be followed, and begun anywhere, by reading a few numbers
-- per entry instead of every execution again. Entries of an earlier version have none of it.
ALTER TABLE analytics.feed
  ADD COLUMN numbered_at   timestamptz,
  ADD COLUMN open_change   integer,
  ADD COLUMN opened        integer,
  ADD COLUMN started       integer,
  ADD COLUMN ended         integer,
  ADD COLUMN failed        integer,
  ADD COLUMN credits_micro bigint,
  ADD COLUMN users         integer[],
  ADD CONSTRAINT feed_tally_whole CHECK (
    num_nulls(open_change, opened, started, ended, failed, credits_micro, users) IN (0, 7)
  );
COMMENT ON COLUMN analytics.feed.numbered_at IS 'When it was numbered, which is when watchers could see it; never earlier than that of a lower position. NULL until then, and where an earlier version numbered it.';
COMMENT ON COLUMN analytics.feed.open_change IS 'How many more executions are open for it, below zero where more ended than opened; NULL, as all that follows, where an earlier version wrote it.';
COMMENT ON COLUMN analytics.feed.opened IS 'Executions that opened with it, of those events that were fresh when they came in.';
COMMENT ON COLUMN analytics.feed.started IS 'Executions that started, likewise.';
COMMENT ON COLUMN analytics.feed.ended IS 'Executions that ended, likewise.';
COMMENT ON COLUMN analytics.feed.failed IS 'Those of the ended that failed or timed out.';
COMMENT ON COLUMN analytics.feed.credits_micro IS 'Millionths of a credit that the ended consumed.';
COMMENT ON COLUMN analytics.feed.users IS 'Ordinals of the people on whose behalf the opened were asked for, each once.';

GRANT UPDATE (numbered_at) ON analytics.feed TO shadow_jobs;
