-- Who was erased after a number.
SELECT pseudonym, number
FROM analytics.erased_user
WHERE number > $1
ORDER BY number
