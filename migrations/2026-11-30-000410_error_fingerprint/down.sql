REVOKE UPDATE (error_fingerprint) ON analytics.execution FROM shadow_jobs;
COMMENT ON TYPE analytics.execution_input_2 IS
  'An execution as a batch brings it: the columns of analytics.execution that come from outside, in the order in which the application writes them.';
DROP TYPE analytics.execution_input_3;
-- The indexes go with it.
ALTER TABLE analytics.execution DROP COLUMN error_fingerprint;
