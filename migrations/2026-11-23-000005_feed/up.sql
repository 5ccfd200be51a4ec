-- The ordered log of what was committed, kept for a day. Sequence order is not commit order, so entries are appended
-- without a position, and numbered after their commit by one relay at a time.

CREATE TABLE analytics.feed (
  workspace_id   uuid          NOT NULL,
  feed_id        bigint        GENERATED ALWAYS AS IDENTITY,
  first_position bigint,
  committed_at   timestamptz   NOT NULL DEFAULT clock_timestamp(),
  opened_at      timestamptz[] NOT NULL,
  execution_id   uuid[]        NOT NULL,
  revision       integer[]     NOT NULL,
  seen           smallint[]    NOT NULL,
  CONSTRAINT feed_pkey PRIMARY KEY (workspace_id, feed_id),
  CONSTRAINT feed_arrays_aligned CHECK (
    cardinality(execution_id) > 0
    AND cardinality(opened_at) = cardinality(execution_id)
    AND cardinality(revision) = cardinality(execution_id)
    AND cardinality(seen) = cardinality(execution_id)
  )
);
CREATE INDEX feed_unnumbered_idx ON analytics.feed (feed_id) WHERE first_position IS NULL;
COMMENT ON INDEX analytics.feed_unnumbered_idx IS 'What the relay has to number.';
CREATE INDEX feed_position_idx ON analytics.feed (first_position);
COMMENT ON INDEX analytics.feed_position_idx IS 'What comes after a cursor, and what is to be trimmed.';
COMMENT ON TABLE analytics.feed IS 'Changes of executions in the order of their commits, one row per batch and workspace.';
COMMENT ON COLUMN analytics.feed.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.feed.feed_id IS 'Names the entry; of two changes of one execution the later has the higher one.';
COMMENT ON COLUMN analytics.feed.first_position IS 'Position of the first change, the others follow; NULL until the relay has numbered it.';
COMMENT ON COLUMN analytics.feed.committed_at IS 'When the entry was written, just before its commit.';
COMMENT ON COLUMN analytics.feed.opened_at IS 'Of each change: opened_at of the execution, which with its id is its key.';
COMMENT ON COLUMN analytics.feed.execution_id IS 'Of each change: the execution.';
COMMENT ON COLUMN analytics.feed.revision IS 'Of each change: the execution''s revision after it.';
COMMENT ON COLUMN analytics.feed.seen IS 'Of each change: which events the execution held after it, as in execution.seen. Fields of later ones are masked.';

CREATE TABLE analytics.feed_position (
  shard    smallint NOT NULL,
  position bigint   NOT NULL,
  trimmed  bigint   NOT NULL DEFAULT 0,
  CONSTRAINT feed_position_pkey PRIMARY KEY (shard),
  CONSTRAINT feed_position_shard_known CHECK (shard = 0)
);
COMMENT ON TABLE analytics.feed_position IS 'How far each shard of the feed is numbered; its row lock is the relay''s lease.';
COMMENT ON COLUMN analytics.feed_position.shard IS 'The shard; there is one, 0.';
COMMENT ON COLUMN analytics.feed_position.position IS 'The last position given; 0 before the first.';
COMMENT ON COLUMN analytics.feed_position.trimmed IS 'Changes up to this position are no longer kept; 0 while all are.';
INSERT INTO analytics.feed_position (shard, position) VALUES (0, 0);
