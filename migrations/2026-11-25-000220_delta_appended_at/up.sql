-- Deltas there are at this moment count as appended now: how long they had waited before is not known.
ALTER TABLE analytics.partial_delta ADD COLUMN appended_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN analytics.partial_delta.appended_at IS 'When its transaction began; how long it has waited for compaction.';
