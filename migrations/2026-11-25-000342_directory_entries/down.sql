REVOKE DELETE ON analytics.membership FROM shadow_app;
ALTER TABLE analytics.agent DROP COLUMN deleted_at;
ALTER TABLE analytics.workspace DROP COLUMN deleted_at;
DROP TABLE analytics.directory_entry;
