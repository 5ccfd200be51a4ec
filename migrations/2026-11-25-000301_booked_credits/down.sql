ALTER TABLE analytics.partial_page DROP COLUMN booked_micro;
