DROP TABLE analytics.mrr_movement;
DROP TABLE analytics.subscription_state;
DROP TABLE analytics.subscription_event;
