//! Figures beside their baselines.

fn main() {}
