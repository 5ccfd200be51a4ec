SELECT analytics.finish_erasure($1, $2, $3)
