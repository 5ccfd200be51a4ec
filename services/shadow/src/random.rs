//! Secrets that nobody can guess.

use std::fs::File;
use std::io::Read;

use anyhow::Context;

/// 256 bits from the system's source of randomness.
pub(crate) fn secret() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut random = File::open("/dev/urandom").context("could not open /dev/urandom")?;
    random
        .read_exact(&mut bytes)
        .context("could not read /dev/urandom")?;
    Ok(bytes)
}
