//! The pattern of an error's message: what is left of it without numbers, quoted strings and ids.

/// How many characters a pattern has at most.
pub const PATTERN_CHARS: usize = 240;

/// Stands for whatever differs from one message to the next.
const ANYTHING: char = '*';

/// From how many letters on a word with a digit in it is an id.
const LONG_WORD: usize = 16;

/// From how many changes between letters and digits on a word is an id.
const CHANGES: usize = 3;

/// What messages of one error have in common: numbers, quoted strings and ids are an asterisk each, white space is one
/// space, and what is too long is cut between two words. The pattern of a pattern is that pattern, and it is the same
/// whatever the numbers of a message are.
///
/// Nothing here looks at the length of a number, so an id is told by what surrounds its digits: letters that are all
/// hexadecimal, many changes between letters and digits, or many letters.
pub fn pattern(message: &str) -> String {
    let mut found = simpler(message);
    // What became an asterisk may join its neighbours into one. Each step is shorter than the one before.
    loop {
        let next = simpler(&found);
        if next == found {
            return found;
        }
        found = next;
    }
}

fn simpler(message: &str) -> String {
    let text: Vec<char> = without_quotes(message).chars().collect();
    let mut found = String::new();
    let mut length = 0;
    let mut rest = text.as_slice();
    while let Some(first) = rest.first() {
        let word = word(rest);
        let piece = if word.is_empty() {
            rest = &rest[1..];
            match first.is_whitespace() || first.is_control() {
                true if found.is_empty() || found.ends_with(' ') => continue,
                true => " ".to_owned(),
                false => first.to_string(),
            }
        } else {
            rest = &rest[word.len()..];
            replaced(word)
        };
        length += piece.chars().count();
        if length > PATTERN_CHARS {
            // What follows a quote says whether it closes a string: cut off, it must not begin to.
            found.truncate(found.trim_end_matches(|c| c == ' ' || is_quote(c)).len());
            break;
        }
        found.push_str(&piece);
    }
    found.truncate(found.trim_end().len());
    found
}

/// The text with an asterisk for each quoted string. A quote without its other half stays.
fn without_quotes(message: &str) -> String {
    let text: Vec<char> = message.chars().collect();
    let mut found = String::with_capacity(message.len());
    let mut at = 0;
    while let Some(open) = text.get(at) {
        match closing(&text, at) {
            Some(end) => {
                found.push(ANYTHING);
                at = end + 1;
            }
            None => {
                found.push(*open);
                at += 1;
            }
        }
    }
    found
}

/// Where the string ends that a quote opens.
fn closing(text: &[char], open: usize) -> Option<usize> {
    let close = match text[open] {
        quote @ ('"' | '\'' | '`') => quote,
        '“' => '”',
        '«' => '»',
        _ => return None,
    };
    let is_word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric() || *c == ANYTHING);
    // What stands within a word is an apostrophe.
    let apostrophes = close == '\'';
    if apostrophes && is_word(open.checked_sub(1).and_then(|at| text.get(at))) {
        return None;
    }
    (open + 1..text.len())
        .find(|at| text[*at] == close && !(apostrophes && is_word(text.get(at + 1))))
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '`' | '“' | '”' | '«' | '»')
}

/// The word that a text begins with: letters, numbers, and what joins them. Between two digits more joins, so that a
/// date, an address or a version is one number.
fn word(text: &[char]) -> &[char] {
    let mut end = 0;
    while let Some(next) = text.get(end) {
        if is_digit(*next) {
            end = number(text, end);
        } else if next.is_alphabetic() || matches!(next, '_' | '-') {
            end += 1;
        } else {
            break;
        }
    }
    &text[..end]
}

/// Where the number ends that begins at a digit.
fn number(text: &[char], start: usize) -> usize {
    let (mut end, mut at) = (start + 1, start + 1);
    while let Some(next) = text.get(at) {
        at += 1;
        if is_digit(*next) {
            end = at;
        } else if !matches!(next, '-' | '_' | '.' | ':' | ',' | '/') {
            break;
        }
    }
    end
}

fn is_digit(letter: char) -> bool {
    letter.is_numeric() || letter == ANYTHING
}

/// What stands for a word in a pattern.
fn replaced(word: &[char]) -> String {
    let mut plain = String::with_capacity(word.len());
    let (mut letters, mut changes, mut hexadecimal) = (0, 0, true);
    let mut last = None;
    let mut at = 0;
    while let Some(next) = word.get(at) {
        let digit = is_digit(*next);
        if digit || next.is_alphabetic() {
            changes += usize::from(last.is_some_and(|last| last != digit));
            last = Some(digit);
        }
        if digit {
            plain.push(ANYTHING);
            at = number(word, at);
            continue;
        }
        if next.is_alphabetic() {
            letters += 1;
            hexadecimal &= next.is_ascii_hexdigit();
        }
        plain.push(*next);
        at += 1;
    }
    let Some(first) = plain.find(ANYTHING) else {
        return plain;
    };
    if hexadecimal || changes >= CHANGES || letters >= LONG_WORD {
        return ANYTHING.to_string();
    }
    // A sign belongs to its number.
    if plain[..first].bytes().all(|byte| byte == b'-') {
        plain.drain(..first);
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_from_one_message_to_the_next_is_left_out() {
        for (message, expected) in [
            ("no answer after 30 s", "no answer after * s"),
            ("no answer after 3.5s", "no answer after *s"),
            (
                "tool \"lookup\" failed for record 12: not found",
                "tool * failed for record *: not found",
            ),
            (
                "can't open 'a.txt', it isn't there",
                "can't open *, it isn't there",
            ),
            ("`x` is not `y z`", "* is not *"),
            ("said “no”", "said *"),
            ("an \"open end", "an \"open end"),
            (
                "user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is gone",
                "user * is gone",
            ),
            ("commit deadbeef12 by 9f8e7d", "commit * by *"),
            (
                "key sk_live_4eC39HqLyjWDarjtT1zdp7dc is revoked",
                "key * is revoked",
            ),
            (
                "at 2026-11-30T21:54:22.123Z from 127.0.0.1:8080",
                "at * from *",
            ),
            (
                "gpt-4 and claude-3-5 take -5 of 1,000",
                "gpt-* and claude-* take * of *",
            ),
            ("context_length_exceeded", "context_length_exceeded"),
            ("  two\n\tlines\r\n", "two lines"),
            (
                "InternalAuthenticationServiceException",
                "InternalAuthenticationServiceException",
            ),
            ("", ""),
            ("503", "*"),
            ("Größe ½ zu groß", "Größe * zu groß"),
        ] {
            assert_eq!(pattern(message), expected, "{message:?}");
        }
    }

    #[test]
    fn what_is_long_is_cut_between_words() {
        let long = "seven words of which none is short ".repeat(20);
        let cut = pattern(&long);
        assert!(cut.chars().count() <= PATTERN_CHARS);
        assert!(long.starts_with(&cut));
        assert!(long[cut.len()..].starts_with(' '), "{cut}");
        assert_eq!(pattern(&"x".repeat(1_000)), "");
    }

    /// Pieces that messages are made of, and what is hard.
    fn message() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-zA-Z]{1,12}",
            "[0-9]{1,6}",
            "[0-9a-f]{4,12}",
            "['\"`“”«» *._:,/+\n-]{1,3}",
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
    }

    /// Writes other numbers where a message has some.
    fn renumbered(message: &str, numbers: &[u32]) -> String {
        let mut numbers = numbers.iter().cycle();
        let mut found = String::new();
        let mut within = false;
        for letter in message.chars() {
            if !letter.is_ascii_digit() {
                found.push(letter);
            } else if !within {
                found.push_str(&numbers.next().map(u32::to_string).unwrap_or_default());
            }
            within = letter.is_ascii_digit();
        }
        found
    }

    proptest! {
        #[test]
        fn the_pattern_of_a_pattern_is_itself(message in message()) {
            let once = pattern(&message);
            prop_assert_eq!(pattern(&once), once.clone());
            prop_assert!(once.chars().count() <= PATTERN_CHARS);
            prop_assert!(!once.chars().any(char::is_numeric), "{}", once);
        }

        #[test]
        fn numbers_make_no_difference(
            message in message(),
            numbers in prop::collection::vec(any::<u32>(), 1..9),
        ) {
            let other = renumbered(&message, &numbers);
            prop_assert_eq!(pattern(&message), pattern(&other), "{:?}", other);
        }

        #[test]
        fn what_is_quoted_makes_no_difference(
            before in "[a-z ]{0,9}", one in "[a-z0-9 ]{0,20}", other in "[a-z0-9 ]{0,20}", after in "[a-z ]{0,9}",
        ) {
            let quoted = |text: &str| pattern(&format!("{before}\"{text}\"{after}"));
            prop_assert_eq!(quoted(&one), quoted(&other));
        }
    }
}
