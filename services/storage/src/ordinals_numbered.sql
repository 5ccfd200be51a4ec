SELECT o.kind, o.space, o.id, o.ordinal
FROM unnest($1::smallint[], $2::uuid[], $3::text[]) AS wanted (kind, space, id)
JOIN analytics.ordinal AS o USING (kind, space, id)
