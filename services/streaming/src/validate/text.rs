//! Texts with a length limit.

use super::Fault;

/// A name of at least one byte, without control characters.
pub(super) fn required(text: String, max_bytes: usize) -> Result<String, Fault> {
    if text.is_empty() {
        return Err(Fault::missing("must not be empty"));
    }
    name(text, max_bytes)
}

/// A name, where there is one. An empty one means the same as none: many clients cannot tell them apart.
pub(super) fn optional(text: Option<String>, max_bytes: usize) -> Result<Option<String>, Fault> {
    text.filter(|text| !text.is_empty())
        .map(|text| name(text, max_bytes))
        .transpose()
}

/// Free text, which may hold anything but NUL (PostgreSQL cannot store it).
pub(super) fn free(text: Option<String>, max_bytes: usize) -> Result<Option<String>, Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    length(&text, max_bytes)?;
    if text.contains('\0') {
        return Err(Fault::malformed("must not contain NUL"));
    }
    Ok(Some(text))
}

fn name(text: String, max_bytes: usize) -> Result<String, Fault> {
    length(&text, max_bytes)?;
    if text.chars().any(char::is_control) {
        return Err(Fault::malformed("must not contain control characters"));
    }
    Ok(text)
}

fn length(text: &str, max_bytes: usize) -> Result<(), Fault> {
    if text.len() > max_bytes {
        return Err(Fault::out_of_range(format!(
            "must be at most {max_bytes} bytes, has {}",
            text.len()
        )));
    }
    Ok(())
}
