//! Finds what is personal in the layers of an exchange.
