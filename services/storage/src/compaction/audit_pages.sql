-- Every page of some days. The dimensions are listed so that the key of the table serves.
SELECT dimension, day, key,
       ARRAY[opened, ended, completed, failed, timed_out, credits_micro, booked_micro],
       whole_day, quarters
FROM analytics.partial_page
WHERE workspace_id = $1 AND dimension = ANY ($2::smallint[]) AND day BETWEEN $3 AND $4
