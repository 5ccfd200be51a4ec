//! The migrations are compiled in, and cargo does not see them by itself.
#![expect(
    clippy::print_stdout,
    reason = "it is how a build script speaks to cargo"
)]

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
