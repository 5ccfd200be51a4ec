COMMENT ON TYPE analytics.execution_input IS
  'An execution as a batch brings it: the columns of analytics.execution that come from outside, in the order in which the application writes them.';
DROP TYPE analytics.execution_input_2;

ALTER TABLE analytics.execution
  DROP CONSTRAINT execution_seen_feedback,
  DROP CONSTRAINT execution_rating_known,
  DROP COLUMN feedback_at,
  DROP COLUMN rating,
  DROP COLUMN feedback_comment,
  DROP COLUMN feedback_user_id;
UPDATE analytics.execution SET seen = seen & ~8, prev_seen = prev_seen & ~8 WHERE (seen | prev_seen) & 8 <> 0;
COMMENT ON COLUMN analytics.execution.seen IS 'Which events are merged here, as bits: 1 opened (always), 2 started, 4 ended.';
