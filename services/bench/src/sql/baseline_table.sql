-- The table that COPY fills: the columns, rules, indexes and months of analytics.execution, and nothing else.
DO $$
DECLARE
  part record;
BEGIN
  CREATE SCHEMA bench;
  CREATE TABLE bench.execution (LIKE analytics.execution INCLUDING ALL) PARTITION BY RANGE (opened_at);
  FOR part IN
    SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'analytics.execution'::regclass
  LOOP
    EXECUTE format('CREATE TABLE bench.%I PARTITION OF bench.execution %s', part.name, part.bounds);
  END LOOP;
END
$$;
