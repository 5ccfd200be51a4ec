//! What gRPC services share.
