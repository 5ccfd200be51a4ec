REVOKE INSERT ON analytics.feed FROM shadow_jobs;
REVOKE SELECT, UPDATE (subject, name, email) ON analytics.directory_entry FROM shadow_jobs;
REVOKE UPDATE (user_id) ON analytics.activity FROM shadow_jobs;
REVOKE UPDATE (user_id, feedback_user_id, feedback_comment, revision) ON analytics.execution FROM shadow_jobs;
DROP FUNCTION
  analytics.finish_erasure(uuid, timestamptz, uuid),
  analytics.erase_user(uuid, timestamptz, uuid, text, text, text),
  analytics.forget_user(text, text);
DROP INDEX analytics.workspace_user_user_idx;
DROP TABLE analytics.erasure, analytics.erased_user, analytics.erasure_salt;
