-- A version before cannot read what this one has merged. Pages of workspaces it cannot read either, once this version has
-- written them: services/domain/README.md.
DELETE FROM analytics.platform_day;
