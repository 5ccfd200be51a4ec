//! What every gRPC service shares: who is calling, deadlines, limits, the request log, errors as statuses, the server.
//!
//! A request passes, from the outside in: the request log, a catch for panics, the bound on concurrent requests, its
//! deadline, authentication against [`shadow_auth::table`], and a filter that keeps statuses within the documented set.
//! It must never know what a service answers: no metric, and no message of ours but the execution, which several answer with
//! (`wire`).

pub mod authentication;
mod body;
mod closed;
mod deadline;
mod encoded;
pub mod frames;
mod gate;
mod impatient;
mod limit;
mod log;
mod panic;
mod server;
pub mod status;
pub mod telemetry;
pub mod wire;

pub use authentication::{Caller, Directory, Members, caller, scope, verifier, viewer};
pub use deadline::{deadline, remaining};
pub use encoded::{Encoded, Undecoded};
pub use gate::{Gate, Guarded};
pub use server::{Health, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, ServeError, Server};
