//! Bundles the dashboard.

fn main() {}
