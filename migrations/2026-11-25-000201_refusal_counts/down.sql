DROP TABLE analytics.refusal_count;
