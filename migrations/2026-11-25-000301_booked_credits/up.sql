-- A balance is the ledger less all that was ever booked: the column spares reading every page of a workspace's life.
ALTER TABLE analytics.partial_page ADD COLUMN booked_micro bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN analytics.partial_page.booked_micro IS 'Millionths of a credit that executions consumed which ended that day, whenever they were opened; only in totals.';
