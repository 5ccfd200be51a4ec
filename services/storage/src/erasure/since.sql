-- Who was erased after a number, with the salt of all pseudonyms.
SELECT pseudonym, number
FROM analytics.erased_user
WHERE number > $1
ORDER BY number
