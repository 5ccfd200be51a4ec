SELECT analytics.hold_execution_partition($1)
