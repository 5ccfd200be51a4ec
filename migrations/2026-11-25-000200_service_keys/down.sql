DROP TABLE analytics.service_key;
