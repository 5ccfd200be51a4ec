-- What reading pages costs the database.

-- Quarter-hours are packed already: compressing what takes more than two kilobytes saves a twentieth of their room, and
-- costs whoever writes and whoever reads. What is stored stays as it is until it is written anew.
ALTER TABLE analytics.partial_page ALTER COLUMN quarters SET STORAGE EXTERNAL;
ALTER TABLE analytics.platform_page ALTER COLUMN quarters SET STORAGE EXTERNAL;

-- Each total lies among the other pages of its day, so that to add them up the table would have to be read from end to
-- end.
CREATE INDEX partial_page_booked_idx ON analytics.partial_page (workspace_id, day)
  INCLUDE (booked_micro, credits_micro)
  WHERE dimension = 0;
COMMENT ON INDEX analytics.partial_page_booked_idx IS 'What was ever booked, added up without looking at pages.';
