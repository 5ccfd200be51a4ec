-- What was reported of the subscriptions of workspaces, one row per event; never changed.
CREATE TABLE analytics.subscription_event (
  workspace_id     uuid        NOT NULL,
  occurred_at      timestamptz NOT NULL,
  event_id         uuid        NOT NULL,
  subscription_id  text        NOT NULL,
  change           smallint    NOT NULL,
  plan_id          text,
  currency         text,
  price_micros     bigint,
  billing_interval smallint,
  interval_count   integer,
  quantity         integer,
  discount_micros  bigint,
  ends_at          timestamptz,
  CONSTRAINT subscription_event_pkey PRIMARY KEY (workspace_id, occurred_at, event_id),
  CONSTRAINT subscription_event_change_known CHECK (change BETWEEN 1 AND 8),
  CONSTRAINT subscription_event_interval_known CHECK (billing_interval BETWEEN 1 AND 5),
  CONSTRAINT subscription_event_terms_whole CHECK (
    num_nulls(plan_id, currency, price_micros, billing_interval, interval_count, quantity, discount_micros) IN (0, 7)
  )
);

COMMENT ON TABLE analytics.subscription_event IS 'What happened to subscriptions, each as it was reported.';
COMMENT ON COLUMN analytics.subscription_event.workspace_id IS 'The tenant key; the workspace is the customer.';
COMMENT ON COLUMN analytics.subscription_event.occurred_at IS 'When it happened.';
COMMENT ON COLUMN analytics.subscription_event.event_id IS 'The producer''s id of the event; of two at the same time the higher one counts last.';
COMMENT ON COLUMN analytics.subscription_event.subscription_id IS 'The subscription within its workspace.';
COMMENT ON COLUMN analytics.subscription_event.change IS 'What happened: 1 started, 2 trial started, 3 changed, 4 paused, 5 past due, 6 cancelled at the end of the period, 7 cancelled, 8 reactivated.';
COMMENT ON COLUMN analytics.subscription_event.plan_id IS 'The plan from then on; like all terms NULL where the change keeps them.';
COMMENT ON COLUMN analytics.subscription_event.currency IS 'Currency of the price, as an ISO 4217 code.';
COMMENT ON COLUMN analytics.subscription_event.price_micros IS 'Price of one unit for one period, in millionths of the currency''s unit.';
COMMENT ON COLUMN analytics.subscription_event.billing_interval IS 'The unit of the period: 1 day, 2 week, 3 month, 4 quarter, 5 year.';
COMMENT ON COLUMN analytics.subscription_event.interval_count IS 'How many such units make a period.';
COMMENT ON COLUMN analytics.subscription_event.quantity IS 'Units that are paid for.';
COMMENT ON COLUMN analytics.subscription_event.discount_micros IS 'Taken off each period''s price × quantity, in millionths.';
COMMENT ON COLUMN analytics.subscription_event.ends_at IS 'When a cancellation at the end of the period takes effect; NULL for every other change.';

-- What follows from these events alone, and is written anew with each of them: what every subscription was, when.
CREATE TABLE analytics.subscription_state (
  workspace_id    uuid        NOT NULL,
  subscription_id text        NOT NULL,
  valid_from      timestamptz NOT NULL,
  valid_to        timestamptz,
  status          smallint    NOT NULL,
  plan_id         text        NOT NULL,
  quantity        integer     NOT NULL,
  currency        text        NOT NULL,
  mrr_micros      bigint      NOT NULL,
  CONSTRAINT subscription_state_pkey PRIMARY KEY (workspace_id, subscription_id, valid_from),
  CONSTRAINT subscription_state_times_ordered CHECK (valid_from < valid_to),
  CONSTRAINT subscription_state_status_known CHECK (status BETWEEN 1 AND 5)
);

COMMENT ON TABLE analytics.subscription_state IS 'Times during which a subscription was the same. They follow each other without gap.';
COMMENT ON COLUMN analytics.subscription_state.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.subscription_state.subscription_id IS 'The subscription within its workspace.';
COMMENT ON COLUMN analytics.subscription_state.valid_from IS 'From when on; changes of one customer within an hour count from the first.';
COMMENT ON COLUMN analytics.subscription_state.valid_to IS 'Until when, which may be yet to come; NULL where no end is known.';
COMMENT ON COLUMN analytics.subscription_state.status IS 'What it was: 1 active, 2 trial, 3 paused, 4 past due, 5 cancelled.';
COMMENT ON COLUMN analytics.subscription_state.plan_id IS 'The plan.';
COMMENT ON COLUMN analytics.subscription_state.quantity IS 'Units that are paid for.';
COMMENT ON COLUMN analytics.subscription_state.currency IS 'Currency of the price.';
COMMENT ON COLUMN analytics.subscription_state.mrr_micros IS 'What it amounts to per month, in millionths of the currency''s unit; 0 where it does not count as paid.';

-- And when a customer's revenue moved.
CREATE TABLE analytics.mrr_movement (
  workspace_id  uuid        NOT NULL,
  occurred_at   timestamptz NOT NULL,
  currency      text        NOT NULL,
  kind          smallint    NOT NULL,
  before_micros bigint      NOT NULL,
  after_micros  bigint      NOT NULL,
  CONSTRAINT mrr_movement_pkey PRIMARY KEY (workspace_id, occurred_at, currency),
  CONSTRAINT mrr_movement_kind_known CHECK (kind BETWEEN 1 AND 5),
  CONSTRAINT mrr_movement_moves CHECK (before_micros <> after_micros)
);

COMMENT ON TABLE analytics.mrr_movement IS 'When what a customer pays per month changed, and how.';
COMMENT ON COLUMN analytics.mrr_movement.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.mrr_movement.occurred_at IS 'When; it may be yet to come, where an end is known.';
COMMENT ON COLUMN analytics.mrr_movement.currency IS 'In which currency; each moves by itself.';
COMMENT ON COLUMN analytics.mrr_movement.kind IS 'How: 1 new, 2 reactivation, 3 expansion, 4 contraction, 5 churn.';
COMMENT ON COLUMN analytics.mrr_movement.before_micros IS 'What was paid per month before, in millionths.';
COMMENT ON COLUMN analytics.mrr_movement.after_micros IS 'What is paid per month from then on.';

ALTER TABLE analytics.subscription_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.subscription_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.mrr_movement ENABLE ROW LEVEL SECURITY;
CREATE POLICY subscription_event_tenant ON analytics.subscription_event USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);
CREATE POLICY subscription_state_tenant ON analytics.subscription_state USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);
CREATE POLICY mrr_movement_tenant ON analytics.mrr_movement USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT ON analytics.subscription_event TO shadow_app;
GRANT SELECT, INSERT, DELETE ON analytics.subscription_state, analytics.mrr_movement TO shadow_app;
