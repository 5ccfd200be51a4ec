DROP TABLE analytics.execution_twin;
DROP TABLE analytics.identity_check;
