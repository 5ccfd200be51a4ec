DROP TABLE analytics.activity;
