SELECT analytics.ensure_execution_partitions($1, $2)
