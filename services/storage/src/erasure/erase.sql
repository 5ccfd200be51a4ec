-- Records it, and has it hold from the commit on.
SELECT analytics.erase_user($1, $2, $3, $4, $5, $6)
