//! Private PostgreSQL and Redis servers.
