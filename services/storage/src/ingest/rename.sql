UPDATE analytics.execution AS e
SET user_id = said.user_id, feedback_user_id = said.feedback_user_id, feedback_comment = said.feedback_comment
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[])
  AS said (workspace_id, opened_at, execution_id, user_id, feedback_user_id, feedback_comment)
WHERE e.workspace_id = said.workspace_id AND e.opened_at = said.opened_at AND e.execution_id = said.execution_id
