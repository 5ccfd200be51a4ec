LOCK TABLE analytics.execution IN ACCESS SHARE MODE
