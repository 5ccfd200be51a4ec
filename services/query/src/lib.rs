//! Answers a query of the catalogue.
