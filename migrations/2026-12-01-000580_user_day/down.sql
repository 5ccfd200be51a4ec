DROP TABLE analytics.user_day;
DROP TABLE analytics.user_day_made;
