//! PostgreSQL and Redis.
