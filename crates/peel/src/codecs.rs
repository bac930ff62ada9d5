//! The codecs, one file each; their order stands in [`crate::codec`].

pub(crate) mod aes_cbc;
pub(crate) mod base64;
pub(crate) mod brotli;
pub(crate) mod cookie;
pub(crate) mod credentials;
pub(crate) mod deflate;
pub(crate) mod form;
pub(crate) mod gzip;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod jwt;
pub(crate) mod multipart;
pub(crate) mod ndjson;
pub(crate) mod percent;
pub(crate) mod protobuf;
pub(crate) mod url;
pub(crate) mod utf16;
pub(crate) mod zlib;
pub(crate) mod zstd;
