//! Statements kept in `.sql` files: prepared once per connection, typed by position.
//!
//! Diesel never caches what goes through `sql_query`; a type of its own per statement, with a static query id, is
//! prepared once per connection.

/// A part of a statement's text.
pub(crate) enum Piece<'a> {
    /// SQL as it stands.
    Text(&'a str),
    /// The parameter `$n`.
    Parameter(usize),
}

/// Splits a statement at its parameters. No `$` may stand anywhere else, comments included.
pub(crate) fn pieces(mut sql: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        if sql.is_empty() {
            return None;
        }
        if let Some(rest) = sql.strip_prefix('$') {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            sql = after;
            return Some(Piece::Parameter(number.parse().unwrap_or(0)));
        }
        let (text, after) = sql.split_at(sql.find('$').unwrap_or(sql.len()));
        sql = after;
        Some(Piece::Text(text))
    })
}

/// Declares a statement: `statement!(Name<'a> = "file.sql", (first: T as SqlType, …) -> SqlTypesOfRow)`.
macro_rules! statement {
    (
        $(#[$meta:meta])*
        $name:ident<$life:lifetime> = $file:literal,
        ($($bind:ident: $rust:ty as $sql:ty),+ $(,)?) -> $row:ty
    ) => {
        $(#[$meta])*
        pub(crate) struct $name<$life> {
            $(pub(crate) $bind: &$life $rust,)+
        }

        impl<$life> diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<$life> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                for piece in $crate::statement::pieces(include_str!($file)) {
                    match piece {
                        $crate::statement::Piece::Text(text) => out.push_sql(text),
                        $crate::statement::Piece::Parameter(number) => {
                            let mut position = 0;
                            $(
                                position += 1;
                                if number == position {
                                    out.push_bind_param::<$sql, $rust>(self.$bind)?;
                                }
                            )+
                            debug_assert!((1..=position).contains(&number));
                        }
                    }
                }
                Ok(())
            }
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $row;
        }
    };
}
pub(crate) use statement;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_wherever_they_stand() {
        let text: String = pieces("$1, a = $12::text[] AND $2")
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Parameter(number) => format!("<{number}>"),
            })
            .collect();
        assert_eq!(text, "<1>, a = <12>::text[] AND <2>");
    }
}
