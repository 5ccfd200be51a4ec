-- Days of the platform are merged anew, so that their quarter-hours stand in blocks, too: those of days that are over would
-- stay as they are for good, as nothing changes them. Until then they are read from the workspaces' pages.
DELETE FROM analytics.platform_day;
