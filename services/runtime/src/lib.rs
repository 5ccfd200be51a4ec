//! What a process needs before its first request.
