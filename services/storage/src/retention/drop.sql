SELECT analytics.drop_execution_partition($1)
