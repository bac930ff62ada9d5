//! The subjects' own encoders. They share no code with candor's decoders, on purpose.

mod base64;
mod form;
mod gzip;
mod mistat;
mod sensors;

pub(crate) use base64::base64;
pub(crate) use form::{form, percent};
pub(crate) use gzip::gzip;
pub(crate) use mistat::MistatKey;
pub use mistat::{HARD_CODED_KEY, MISTAT_IV};
pub(crate) use sensors::statistics_form;
