DROP TABLE analytics.page_audit;
