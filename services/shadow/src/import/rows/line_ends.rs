//! Line ends of any kind become `\n`, one after the last line included, so that lines are counted alike in every file.

use std::io::{self, Read};

/// A reader whose lines all end with `\n`.
pub(super) struct LineEnds<R> {
    inner: R,
    after_return: bool,
    /// Whether the last byte handed out ended a line; true at the start, so that an empty file stays empty.
    at_line_start: bool,
}

impl<R> LineEnds<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            after_return: false,
            at_line_start: true,
        }
    }

    /// Rewrites what was read in place; returns how much is left of it.
    fn rewrite(&mut self, buffer: &mut [u8]) -> usize {
        let mut kept = 0;
        for index in 0..buffer.len() {
            let byte = buffer[index];
            let second = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if !second {
                buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        if let Some(last) = buffer[..kept].last() {
            self.at_line_start = *last == b'\n';
        }
        kept
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let read = self.inner.read(buffer)?;
            if read == 0 && !self.at_line_start {
                buffer[0] = b'\n';
                self.at_line_start = true;
                return Ok(1);
            }
            let kept = self.rewrite(&mut buffer[..read]);
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every pair is split.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let some = self.0.len().min(1).min(buffer.len());
            self.0.read(&mut buffer[..some])
        }
    }

    #[test]
    fn every_kind_of_line_end_becomes_one() {
        let table = [
            ("", ""),
            ("a", "a\n"),
            ("a\nb\n", "a\nb\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\rb", "a\n\nb\n"),
            ("a\r\n\r\n\n\rb", "a\n\n\n\nb\n"),
        ];
        for (text, expected) in table {
            let mut whole = String::new();
            LineEnds::new(text.as_bytes())
                .read_to_string(&mut whole)
                .unwrap();
            assert_eq!(whole, expected, "{text:?}");
            let mut split = String::new();
            LineEnds::new(Slowly(text.as_bytes()))
                .read_to_string(&mut split)
                .unwrap();
            assert_eq!(split, expected, "{text:?}");
        }
    }
}
