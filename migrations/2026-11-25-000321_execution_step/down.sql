DROP TABLE analytics.execution_step;
