DROP FUNCTION analytics.ensure_execution_partitions(timestamptz, timestamptz);
DROP TABLE analytics.execution;
