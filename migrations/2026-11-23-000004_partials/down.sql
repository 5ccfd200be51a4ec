DROP TABLE analytics.partial_page;
DROP TABLE analytics.partial_delta;
