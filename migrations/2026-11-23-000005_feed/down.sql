DROP TABLE analytics.feed_position;
DROP TABLE analytics.feed;
