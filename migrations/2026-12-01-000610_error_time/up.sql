-- Lists of errors read facts of the ends of a range and of today, by time alone: the index of groups leads there past all
-- errors of a month. Only what fails is in this one. A partitioned table has no CONCURRENTLY: writers wait while the months are
-- read once, which takes about a second for two million executions.
CREATE INDEX execution_error_opened_idx ON analytics.execution (workspace_id, opened_at)
  WHERE error_fingerprint IS NOT NULL;
COMMENT ON INDEX analytics.execution_error_opened_idx IS 'Errors of a short time, whatever their group.';
