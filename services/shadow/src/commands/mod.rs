//! One file per command.

pub(crate) mod demo;
pub(crate) mod erasure;
pub(crate) mod key;
pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod workspace;
