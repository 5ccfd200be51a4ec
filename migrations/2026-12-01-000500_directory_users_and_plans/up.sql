-- What producers say of people and plans, as entries of the directory beside those there are, and what it comes to. What a
-- workspace calls a person is its own: another one sees nothing of it.
ALTER TABLE analytics.directory_entry
  ADD COLUMN email            text,
  ADD COLUMN price_currency   text,
  ADD COLUMN price_micros     bigint,
  ADD COLUMN billing_interval smallint,
  ADD COLUMN interval_count   integer,
  DROP CONSTRAINT directory_entry_kind_known,
  ADD CONSTRAINT directory_entry_kind_known CHECK (kind BETWEEN 1 AND 5),
  ADD CONSTRAINT directory_entry_email_where_due CHECK (kind = 4 OR email IS NULL),
  ADD CONSTRAINT directory_entry_price_where_due CHECK (kind = 5 OR price_micros IS NULL),
  ADD CONSTRAINT directory_entry_price_whole CHECK (
    num_nulls(price_currency, price_micros, billing_interval, interval_count) IN (0, 4)
  );
COMMENT ON TABLE analytics.directory_entry IS 'What producers said of workspaces, memberships, agents, people and plans, each as it was reported; never changed.';
COMMENT ON COLUMN analytics.directory_entry.kind IS 'What it is about: 1 the workspace, 2 a membership, 3 an agent, 4 a person, 5 a plan.';
COMMENT ON COLUMN analytics.directory_entry.subject IS 'Id of the person, the agent or the plan; empty for the workspace.';
COMMENT ON COLUMN analytics.directory_entry.email IS 'Address of the person; NULL where there is none, and for everything else.';
COMMENT ON COLUMN analytics.directory_entry.price_currency IS 'Currency of the plan''s price, an ISO 4217 code; NULL where none is listed, and for everything else.';
COMMENT ON COLUMN analytics.directory_entry.price_micros IS 'Price of one unit for one period, in millionths of the currency''s unit; NULL where none is listed.';
COMMENT ON COLUMN analytics.directory_entry.billing_interval IS 'Unit of the period: 1 day, 2 week, 3 month, 4 quarter, 5 year; NULL where no price is listed.';
COMMENT ON COLUMN analytics.directory_entry.interval_count IS 'How many intervals make a period; NULL where no price is listed.';

CREATE TABLE analytics.workspace_user (
  workspace_id uuid        NOT NULL,
  user_id      text        NOT NULL,
  name         text,
  email        text,
  deleted_at   timestamptz,
  CONSTRAINT workspace_user_pkey PRIMARY KEY (workspace_id, user_id)
);
COMMENT ON TABLE analytics.workspace_user IS 'What a workspace calls a person.';
COMMENT ON COLUMN analytics.workspace_user.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.workspace_user.user_id IS 'The person.';
COMMENT ON COLUMN analytics.workspace_user.name IS 'What people call the person; NULL where there is no name.';
COMMENT ON COLUMN analytics.workspace_user.email IS 'Address of the person; NULL where there is none, and of who was deleted.';
COMMENT ON COLUMN analytics.workspace_user.deleted_at IS 'When the person was deleted; NULL while it is there. The name stays, since the numbers do.';
ALTER TABLE analytics.workspace_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_user_tenant ON analytics.workspace_user USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

CREATE TABLE analytics.plan (
  workspace_id     uuid        NOT NULL,
  plan_id          text        NOT NULL,
  name             text,
  price_currency   text,
  price_micros     bigint,
  billing_interval smallint,
  interval_count   integer,
  deleted_at       timestamptz,
  CONSTRAINT plan_pkey PRIMARY KEY (workspace_id, plan_id),
  CONSTRAINT plan_price_whole CHECK (
    num_nulls(price_currency, price_micros, billing_interval, interval_count) IN (0, 4)
  )
);
COMMENT ON TABLE analytics.plan IS 'A plan to which subscriptions of a workspace may refer.';
COMMENT ON COLUMN analytics.plan.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.plan.plan_id IS 'The workspace''s name of the plan.';
COMMENT ON COLUMN analytics.plan.name IS 'What people call it; NULL where it has no name.';
COMMENT ON COLUMN analytics.plan.price_currency IS 'Currency of the price, an ISO 4217 code; NULL where none is listed.';
COMMENT ON COLUMN analytics.plan.price_micros IS 'Price of one unit for one period, in millionths of the currency''s unit; NULL where none is listed.';
COMMENT ON COLUMN analytics.plan.billing_interval IS 'Unit of the period: 1 day, 2 week, 3 month, 4 quarter, 5 year; NULL where no price is listed.';
COMMENT ON COLUMN analytics.plan.interval_count IS 'How many intervals make a period; NULL where no price is listed.';
COMMENT ON COLUMN analytics.plan.deleted_at IS 'When it was deleted; NULL while it is there.';
ALTER TABLE analytics.plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY plan_tenant ON analytics.plan USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT, UPDATE (name, email, deleted_at) ON analytics.workspace_user TO shadow_app;
GRANT SELECT, INSERT, UPDATE (name, price_currency, price_micros, billing_interval, interval_count, deleted_at)
  ON analytics.plan TO shadow_app;
