-- Transactions of the product, each as the parameters of its statements, for pgbench to run them again.
CREATE SCHEMA bench;
CREATE SEQUENCE bench.turn;
CREATE TABLE bench.recorded (
  n             bigint PRIMARY KEY,
  workspaces    text,
  executions    analytics.execution_input_3[],
  -- Of the deltas.
  delta_of      uuid[],
  first_quarter timestamptz[],
  last_quarter  timestamptz[],
  last_event_at timestamptz[],
  cells         bytea[],
  -- Of the feed.
  entry_of      uuid[],
  first         integer[],
  last          integer[],
  opened_at     timestamptz[],
  execution_id  uuid[],
  revision      integer[],
  seen          smallint[],
  users         integer[],
  open_change   integer[],
  opened        integer[],
  started       integer[],
  ended         integer[],
  failed        integer[],
  credits_micro bigint[],
  first_user    integer[],
  last_user     integer[]
);
GRANT USAGE ON SCHEMA bench TO shadow_app;
GRANT SELECT ON bench.recorded TO shadow_app;
GRANT USAGE ON bench.turn TO shadow_app;
