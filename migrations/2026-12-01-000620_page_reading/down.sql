DROP INDEX analytics.partial_page_booked_idx;
ALTER TABLE analytics.platform_page ALTER COLUMN quarters SET STORAGE EXTENDED;
ALTER TABLE analytics.partial_page ALTER COLUMN quarters SET STORAGE EXTENDED;
