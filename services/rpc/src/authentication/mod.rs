//! Who is calling: the token and the directory's word on its subject, or the service key; then the table of RPCs.

mod caller;
mod layer;
mod members;
mod tokens;

pub use caller::{Caller, caller, scope, verifier, viewer};
pub(crate) use layer::Authentication;
pub use members::{Directory, Members};
pub(crate) use tokens::Tokens;
