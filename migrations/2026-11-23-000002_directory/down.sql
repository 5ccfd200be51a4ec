DROP TABLE analytics.ordinal;
DROP TABLE analytics.agent;
DROP TABLE analytics.platform_role;
DROP TABLE analytics.membership;
DROP TABLE analytics.app_user;
DROP TABLE analytics.workspace;
