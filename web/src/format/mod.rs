//! Numbers and times as people read them. Absent is a dash, never zero.

mod times;

use shadow_proto::metrics::v1::{Direction, Unit};

pub use times::{age, bucket, bucket_in_full, moment, offset, time_of_day};

/// What stands for a value that is absent.
pub const ABSENT: &str = "—";

/// A value in its metric's unit, short enough for a card or an axis.
pub fn value(unit: Unit, value: Option<f64>) -> String {
    let Some(number) = value else {
        return ABSENT.to_owned();
    };
    match unit {
        Unit::Ratio => percent(number),
        Unit::Microseconds => duration(number),
        Unit::CreditsMicro => compact(number / 1e6),
        Unit::MoneyMicro => money(number / 1e6),
        Unit::Count | Unit::Tokens | Unit::Rating | Unit::Unspecified => compact(number),
    }
}

/// The same value with every digit that means something, for tables and titles.
pub fn exact(unit: Unit, value: Option<f64>) -> String {
    let Some(number) = value else {
        return ABSENT.to_owned();
    };
    match unit {
        Unit::Ratio => format!("{} %", trimmed(number * 100.0, 2)),
        Unit::Microseconds => format!("{} s", grouped(number / 1e6, 3)),
        Unit::CreditsMicro => grouped(number / 1e6, 2),
        Unit::MoneyMicro => {
            let amount = number.abs() / 1e6;
            let places = if amount < 0.1 && amount > 0.0 { 4 } else { 2 };
            format!(
                "{}${}",
                if number < 0.0 { "−" } else { "" },
                fixed(amount, places)
            )
        }
        Unit::Count | Unit::Tokens | Unit::Rating | Unit::Unspecified => grouped(number, 2),
    }
}

/// The same value for a file: its whole unit, all its digits, nothing grouped; empty where it is absent.
pub fn plain(unit: Unit, value: Option<f64>) -> String {
    let Some(number) = value else {
        return String::new();
    };
    match unit {
        Unit::Microseconds | Unit::CreditsMicro | Unit::MoneyMicro => (number / 1e6).to_string(),
        Unit::Ratio | Unit::Count | Unit::Tokens | Unit::Rating | Unit::Unspecified => {
            number.to_string()
        }
    }
}

/// An amount of any currency.
pub fn amount(currency: &str, micros: f64) -> String {
    let text = money(micros / 1e6);
    match currency {
        "USD" => text,
        other => format!("{} {other}", text.replacen('$', "", 1)),
    }
}

/// A change against the compared period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// In the direction that is good for the metric.
    Good,
    /// In the other one.
    Bad,
    /// Neither.
    Neutral,
}

/// Which way is good.
pub fn tone(direction: Direction, change: f64) -> Tone {
    // What rounds to nothing on the screen is not praised or blamed.
    if change.abs() < 0.0005 {
        return Tone::Neutral;
    }
    match (direction, change > 0.0) {
        (Direction::UpIsGood, true) | (Direction::DownIsGood, false) => Tone::Good,
        (Direction::UpIsGood, false) | (Direction::DownIsGood, true) => Tone::Bad,
        (Direction::Neutral | Direction::Unspecified, _) => Tone::Neutral,
    }
}

/// A change in words: percent for counts and amounts, percentage points for ratios, "new" where there was nothing.
pub fn change(
    unit: Unit,
    change: Option<f64>,
    current: Option<f64>,
    previous: Option<f64>,
) -> String {
    match change {
        Some(change) if unit == Unit::Ratio => format!(
            "{}{} pp",
            sign(change, 0.0005),
            trimmed(change.abs() * 100.0, 1)
        ),
        Some(change) if change.abs() >= 10.0 => {
            format!("{}{}×", sign(change, 0.0), compact(change.abs() + 1.0))
        }
        Some(change) => format!(
            "{}{} %",
            sign(change, 0.0005),
            trimmed(change.abs() * 100.0, 1)
        ),
        None if current.is_some_and(|now| now > 0.0) && previous == Some(0.0) => "new".to_owned(),
        None => ABSENT.to_owned(),
    }
}

/// A count as it is read at a glance: 999, 1.2K, 3.45M.
pub fn compact(number: f64) -> String {
    let (size, minus) = (number.abs(), if number < 0.0 { "−" } else { "" });
    let (scaled, suffix) = match size {
        _ if size < 1_000.0 => {
            return format!("{minus}{}", trimmed(size, if size < 10.0 { 2 } else { 1 }));
        }
        _ if size < 999_950.0 => (size / 1e3, "K"),
        _ if size < 999_950_000.0 => (size / 1e6, "M"),
        _ if size < 999_950_000_000.0 => (size / 1e9, "B"),
        _ => (size / 1e12, "T"),
    };
    let places = if scaled < 10.0 { 2 } else { 1 };
    format!("{minus}{}{suffix}", trimmed(scaled, places))
}

/// A whole number with its thousands grouped.
pub fn count(number: u64) -> String {
    grouped(number as f64, 0)
}

/// A length of time in microseconds, in the two units that matter.
pub fn duration(micros: f64) -> String {
    let (millis, seconds) = (micros / 1e3, micros / 1e6);
    if micros < 0.5 {
        "0 ms".to_owned()
    } else if millis < 1.0 {
        format!("{} µs", trimmed(micros, 0))
    } else if millis < 999.5 {
        format!("{} ms", trimmed(millis, if millis < 10.0 { 1 } else { 0 }))
    } else if seconds < 59.95 {
        format!("{} s", trimmed(seconds, if seconds < 10.0 { 2 } else { 1 }))
    } else if seconds < 3_599.5 {
        two(seconds.round() as u64, 60, "m", "s")
    } else if seconds < 86_370.0 {
        two((seconds / 60.0).round() as u64, 60, "h", "m")
    } else {
        two((seconds / 3_600.0).round() as u64, 24, "d", "h")
    }
}

fn percent(ratio: f64) -> String {
    format!("{} %", trimmed(ratio * 100.0, 1))
}

fn money(amount: f64) -> String {
    let minus = if amount < 0.0 { "−" } else { "" };
    let size = amount.abs();
    if size == 0.0 {
        "$0".to_owned()
    } else if size < 0.1 {
        format!("{minus}${}", fixed(size, 4))
    } else if size < 1_000.0 {
        format!(
            "{minus}${}",
            fixed(size, if size.fract() == 0.0 { 0 } else { 2 })
        )
    } else {
        format!("{minus}${}", compact(size))
    }
}

fn sign(change: f64, nothing: f64) -> &'static str {
    if change.abs() < nothing {
        ""
    } else if change < 0.0 {
        "−"
    } else {
        "+"
    }
}

fn two(amount: u64, per: u64, large: &str, small: &str) -> String {
    match amount % per {
        0 => format!("{} {large}", amount / per),
        rest => format!("{} {large} {rest} {small}", amount / per),
    }
}

/// At most so many decimal places, without zeros at the end.
fn trimmed(number: f64, places: usize) -> String {
    let text = fixed(number, places);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn grouped(number: f64, places: usize) -> String {
    let text = trimmed(number.abs(), places);
    if number < 0.0 {
        format!("−{text}")
    } else {
        text
    }
}

/// Exactly so many decimal places, thousands grouped.
fn fixed(number: f64, places: usize) -> String {
    let text = format!("{number:.places$}");
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_unit() {
        let cases = [
            (Unit::Count, None, "—"),
            (Unit::Count, Some(0.0), "0"),
            (Unit::Count, Some(999.0), "999"),
            (Unit::Count, Some(8_819.0), "8.82K"),
            (Unit::Tokens, Some(18_059_974.0), "18.1M"),
            (Unit::Tokens, Some(999_999.0), "1M"),
            (Unit::Tokens, Some(2_500_000_000.0), "2.5B"),
            (Unit::Rating, Some(4.25), "4.25"),
            (Unit::Ratio, Some(0.9318), "93.2 %"),
            (Unit::Ratio, Some(1.0), "100 %"),
            (Unit::Microseconds, Some(850.0), "850 µs"),
            (Unit::Microseconds, Some(12_345.0), "12 ms"),
            (Unit::Microseconds, Some(1_240_000.0), "1.24 s"),
            (Unit::Microseconds, Some(59_990_000.0), "1 m"),
            (Unit::Microseconds, Some(185_000_000.0), "3 m 5 s"),
            (Unit::Microseconds, Some(7_800_000_000.0), "2 h 10 m"),
            (Unit::Microseconds, Some(266_400_000_000.0), "3 d 2 h"),
            (Unit::CreditsMicro, Some(1_500_000.0), "1.5"),
            (Unit::MoneyMicro, Some(0.0), "$0"),
            (Unit::MoneyMicro, Some(12_300.0), "$0.0123"),
            (Unit::MoneyMicro, Some(1_234_560_000.0), "$1.23K"),
            (Unit::MoneyMicro, Some(-5_000_000.0), "−$5"),
        ];
        for (unit, number, text) in cases {
            assert_eq!(value(unit, number), text, "{unit:?} {number:?}");
        }
    }

    #[test]
    fn exact_values_keep_their_digits() {
        assert_eq!(exact(Unit::Tokens, Some(18_059_974.0)), "18,059,974");
        assert_eq!(exact(Unit::MoneyMicro, Some(1_234_567_890.0)), "$1,234.57");
        assert_eq!(exact(Unit::Ratio, Some(0.93184)), "93.18 %");
        assert_eq!(exact(Unit::Microseconds, Some(1_234_567.0)), "1.235 s");
        assert_eq!(exact(Unit::Count, None), "—");
        assert_eq!(plain(Unit::Microseconds, Some(1_234_567.0)), "1.234567");
        assert_eq!(plain(Unit::Tokens, Some(18_059_974.0)), "18059974");
        assert_eq!(plain(Unit::Ratio, None), "");
        assert_eq!(count(28_185), "28,185");
        assert_eq!(amount("EUR", 160.0), "0.0002 EUR");
        assert_eq!(amount("USD", -2_500_000.0), "−$2.50");
    }

    #[test]
    fn changes_are_percent_or_points() {
        assert_eq!(
            change(Unit::Count, Some(0.123), Some(9.0), Some(8.0)),
            "+12.3 %"
        );
        assert_eq!(
            change(Unit::Count, Some(-0.5), Some(4.0), Some(8.0)),
            "−50 %"
        );
        assert_eq!(
            change(Unit::Ratio, Some(0.012), Some(0.9), Some(0.888)),
            "+1.2 pp"
        );
        assert_eq!(
            change(Unit::Count, Some(0.0001), Some(8.0), Some(8.0)),
            "0 %"
        );
        assert_eq!(
            change(Unit::Count, Some(24.0), Some(50.0), Some(2.0)),
            "+25×"
        );
        assert_eq!(change(Unit::Count, None, Some(3.0), Some(0.0)), "new");
        assert_eq!(change(Unit::Count, None, Some(3.0), None), "—");
    }

    #[test]
    fn a_change_is_good_in_the_direction_of_its_metric() {
        assert_eq!(tone(Direction::UpIsGood, 0.1), Tone::Good);
        assert_eq!(tone(Direction::UpIsGood, -0.1), Tone::Bad);
        assert_eq!(tone(Direction::DownIsGood, -0.1), Tone::Good);
        assert_eq!(tone(Direction::Neutral, 0.1), Tone::Neutral);
        assert_eq!(tone(Direction::UpIsGood, 0.0001), Tone::Neutral);
    }
}
