//! The API as Rust types: the code generated from the `.proto` files beside this crate.
//!
//! Messages always; clients behind the feature `client`, service traits behind `server`. It brings no transport, so it
//! compiles for the browser too. It must never know what a message means: validation and conversion belong to those
//! who receive one.
//!
//! The code under `src/gen` is checked in and never edited; `tests/generated.rs` proves that it is current, and
//! rewrites it when `UPDATE_PROTO=1` is set (`make proto`).

/// What several packages share.
pub mod common {
    /// `shadow.common.v1`
    pub mod v1 {
        include!("gen/shadow.common.v1.rs");
    }
}

/// Questions about what happened.
pub mod metrics {
    /// `shadow.metrics.v1`
    #[cfg_attr(
        feature = "server",
        expect(clippy::allow_attributes, reason = "the generator writes them")
    )]
    pub mod v1 {
        include!("gen/shadow.metrics.v1.rs");
    }
}

/// Events in, changes out.
pub mod streaming {
    /// `shadow.streaming.v1`
    #[expect(
        clippy::large_enum_variant,
        reason = "a box would cost an allocation for each event"
    )]
    #[cfg_attr(
        feature = "server",
        expect(clippy::allow_attributes, reason = "the generator writes them")
    )]
    pub mod v1 {
        include!("gen/shadow.streaming.v1.rs");
    }
}

/// The encoded `google.protobuf.FileDescriptorSet` of every file and its imports, for server reflection and for tests
/// that walk the API.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/shadow.binpb");
