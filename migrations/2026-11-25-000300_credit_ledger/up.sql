-- What was added to and taken from the credits of workspaces, one row each; never changed. What runs consume is not
-- here: it is booked in the total cells of the quarter-hours in which they end.
CREATE TABLE analytics.credit_ledger (
  workspace_id   uuid        NOT NULL,
  occurred_at    timestamptz NOT NULL,
  event_id       uuid        NOT NULL,
  kind           smallint    NOT NULL,
  amount_micro   bigint      NOT NULL,
  price_currency text,
  price_micros   bigint,
  note           text,
  CONSTRAINT credit_ledger_pkey PRIMARY KEY (workspace_id, occurred_at, event_id),
  CONSTRAINT credit_ledger_kind_known CHECK (kind BETWEEN 1 AND 5),
  CONSTRAINT credit_ledger_amount_signed CHECK (amount_micro > 0 OR (kind = 3 AND amount_micro < 0)),
  CONSTRAINT credit_ledger_price_whole CHECK ((price_currency IS NULL) = (price_micros IS NULL))
);

COMMENT ON TABLE analytics.credit_ledger IS 'Credits that came and went other than by consumption, each as it was reported.';
COMMENT ON COLUMN analytics.credit_ledger.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.credit_ledger.occurred_at IS 'When they came or went.';
COMMENT ON COLUMN analytics.credit_ledger.event_id IS 'The producer''s id of the event.';
COMMENT ON COLUMN analytics.credit_ledger.kind IS 'Why: 1 purchase, 2 grant, 3 adjustment, 4 refund, 5 expiry. The last one takes, the others add.';
COMMENT ON COLUMN analytics.credit_ledger.amount_micro IS 'Millionths of a credit; less than zero only in an adjustment.';
COMMENT ON COLUMN analytics.credit_ledger.price_currency IS 'Currency of what was paid, as an ISO 4217 code; NULL where unknown.';
COMMENT ON COLUMN analytics.credit_ledger.price_micros IS 'What was paid, in millionths of the currency''s unit; NULL where unknown.';
COMMENT ON COLUMN analytics.credit_ledger.note IS 'For a person; NULL where there is none.';

ALTER TABLE analytics.credit_ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY credit_ledger_tenant ON analytics.credit_ledger USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT ON analytics.credit_ledger TO shadow_app;
