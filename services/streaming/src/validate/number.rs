//! Numbers with a ceiling, so that no sum of them can overflow.

use super::Fault;

/// A whole number from 0 to `most`.
pub(super) fn up_to(number: i64, most: i64) -> Result<i64, Fault> {
    if number < 0 {
        return Err(Fault::out_of_range("must not be negative"));
    }
    if number > most {
        return Err(Fault::out_of_range(format!(
            "must be at most {most}, is {number}"
        )));
    }
    Ok(number)
}

/// The same, where there is one.
pub(super) fn optional(number: Option<i64>, most: i64) -> Result<Option<i64>, Fault> {
    number.map(|number| up_to(number, most)).transpose()
}

/// A count from 1 to `most`.
pub(super) fn from_one(count: u32, most: i32) -> Result<i32, Fault> {
    if count == 0 {
        return Err(Fault::missing("must be at least 1"));
    }
    i32::try_from(count)
        .ok()
        .filter(|count| *count <= most)
        .ok_or_else(|| Fault::out_of_range(format!("must be at most {most}, is {count}")))
}
