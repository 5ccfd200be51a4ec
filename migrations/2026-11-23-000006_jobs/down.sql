DROP TABLE analytics.job;
