-- What a person said of an execution: one more of its events, which may come long after the end.
ALTER TABLE analytics.execution
  ADD COLUMN feedback_at      timestamptz,
  ADD COLUMN rating           smallint,
  ADD COLUMN feedback_comment text,
  ADD COLUMN feedback_user_id text,
  ADD CONSTRAINT execution_rating_known CHECK (rating BETWEEN 1 AND 5),
  ADD CONSTRAINT execution_seen_feedback CHECK ((seen & 8 <> 0) = (feedback_at IS NOT NULL AND rating IS NOT NULL));

COMMENT ON COLUMN analytics.execution.feedback_at IS 'When a person rated it; NULL while nobody did.';
COMMENT ON COLUMN analytics.execution.rating IS 'The rating, from 1 (bad) to 5 (good); NULL while nobody rated it.';
COMMENT ON COLUMN analytics.execution.feedback_comment IS 'The rating in the person''s words; NULL where there are none.';
COMMENT ON COLUMN analytics.execution.feedback_user_id IS 'Who rated it; NULL where unknown.';
COMMENT ON COLUMN analytics.execution.seen IS 'Which events are merged here, as bits: 1 opened (always), 2 started, 4 ended, 8 feedback.';

-- A type of its own beside the one before: a server takes a row only with exactly the columns of its type, and the
-- version before writes those of the other.
CREATE TYPE analytics.execution_input_2 AS (
  workspace_id     uuid,
  opened_at        timestamptz,
  execution_id     uuid,
  agent_id         text,
  agent_version    text,
  trigger          smallint,
  environment      text,
  user_id          text,
  timeout_micros   bigint,
  started_at       timestamptz,
  ended_at         timestamptz,
  outcome          smallint,
  duration_micros  bigint,
  model            text,
  provider         text,
  input_tokens     bigint,
  output_tokens    bigint,
  credits_micro    bigint,
  cost_currency    text,
  cost_micros      bigint,
  error_kind       text,
  error_message    text,
  feedback_at      timestamptz,
  rating           smallint,
  feedback_comment text,
  feedback_user_id text,
  seen             smallint
);
COMMENT ON TYPE analytics.execution_input_2 IS
  'An execution as a batch brings it: the columns of analytics.execution that come from outside, in the order in which the application writes them.';
COMMENT ON TYPE analytics.execution_input IS
  'An execution as a batch of the version before feedback brings it. No later version uses it.';
