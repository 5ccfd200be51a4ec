DROP TABLE analytics.error_group_state;
