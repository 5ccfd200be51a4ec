//! What the executive page is made of, beside its metrics.

mod health;
mod movers;
mod platform;
mod standing;

pub use health::HealthBanner;
pub use movers::MoverTable;
pub use platform::PlatformNumbers;
pub use standing::BillAndCredits;
