//! The ways of writing bytes, and the layers that wrap them, as steps.

use super::recipe::{Role, Step};
use super::text::{self, utf8};
use super::{brotli, frames, lzstring, serial, squeeze};

/// A way of writing bytes, by the name that both derivation and path use.
fn spelling(name: &str, make: impl Fn(&[u8]) -> String + 'static) -> Step {
    Step::new(Role::Spelling, name, name, move |bytes, _| make(bytes).into_bytes())
}

pub(super) fn base64() -> Step {
    spelling("base64", |bytes| text::base64(bytes, text::STANDARD, true))
}

pub(super) fn base64_bare() -> Step {
    spelling("base64", |bytes| text::base64(bytes, text::STANDARD, false))
}

pub(super) fn base64url() -> Step {
    let write = |bytes: &[u8]| text::base64(bytes, text::URL_SAFE, true);
    spelling("base64url", write).called("base64")
}

pub(super) fn base64url_bare() -> Step {
    spelling("base64url", |bytes| text::base64(bytes, text::URL_SAFE, false)).called("base64")
}

/// Base64 in an alphabet of its own: that of crypt(3), or that of mailbox names (RFC 3501).
pub(super) fn base64_of(alphabet: &'static [u8]) -> Step {
    spelling("base64", |bytes| text::base64(bytes, alphabet, false))
}

/// Base64 in lines of 76 characters (MIME).
pub(super) fn base64_folded() -> Step {
    spelling("base64", |bytes| {
        let text = text::base64(bytes, text::STANDARD, true);
        let lines: Vec<String> = text.as_bytes().chunks(76).map(utf8).collect();
        lines.join("\r\n")
    })
}

/// Base64 behind something that is not base64.
pub(super) fn base64_behind(prefix: &'static str) -> Step {
    spelling("base64", move |bytes| {
        format!("{prefix}{}", text::base64(bytes, text::STANDARD, true))
    })
}

pub(super) fn base32() -> Step {
    spelling("base32", |bytes| text::base32(bytes, true))
}

pub(super) fn base32_lower() -> Step {
    spelling("base32", |bytes| text::base32(bytes, false))
}

/// Base32 in the order of its digits (RFC 4648, section 7).
pub(super) fn base32_hex() -> Step {
    spelling("base32", text::base32_hex)
}

pub(super) fn base58() -> Step {
    spelling("base58", text::base58)
}

pub(super) fn ascii85() -> Step {
    spelling("base85", text::ascii85)
}

pub(super) fn base85() -> Step {
    spelling("base85", |bytes| text::base85(bytes, text::GIT85))
}

/// Z85, which is only for whole groups: the value is filled up with blanks.
pub(super) fn z85() -> Step {
    spelling("base85", |bytes| {
        let mut whole = bytes.to_vec();
        whole.resize(bytes.len().next_multiple_of(4), b' ');
        text::base85(&whole, text::Z85)
    })
}

pub(super) fn hex() -> Step {
    spelling("hex", text::hex)
}

pub(super) fn hex_upper() -> Step {
    spelling("hex", |bytes| text::hex(bytes).to_uppercase())
}

pub(super) fn hex_colons() -> Step {
    let write = |bytes: &[u8]| text::each(bytes, |b| format!("{b:02X}"), ":");
    Step::new(Role::Spelling, "?colon-hex", "hex", move |bytes, _| write(bytes).into_bytes())
}

/// Colons between the bytes of a digest.
pub(super) fn digest_colons() -> Step {
    let write = |bytes: &[u8]| text::each(bytes, |b| format!("{b:02X}"), ":");
    Step::new(Role::Spelling, "colon-hex", "hex", move |bytes, _| write(bytes).into_bytes())
}

/// A big-endian number in decimal.
pub(super) fn decimal() -> Step {
    spelling("decimal", |bytes| {
        bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)).to_string()
    })
}

/// The same, of what is decimal already, so that nobody need say so.
pub(super) fn as_decimal() -> Step {
    spelling("?decimal", utf8)
}

/// Percent-encoding of all but the unreserved.
pub(super) fn percent() -> Step {
    spelling("percent", text::percent)
}

/// The same for what needs it in a few places or not at all, so that it may leave no trace.
pub(super) fn percent_of_plain() -> Step {
    spelling("?percent", text::percent)
}

/// `\u004b` for every character.
pub(super) fn unicode_escapes() -> Step {
    spelling("escape", |bytes| text::units(&utf8(bytes), |unit| format!("\\u{unit:04x}"), ""))
}

/// `\x4b` for every byte.
pub(super) fn byte_escapes() -> Step {
    spelling("escape", |bytes| text::each(bytes, |b| format!("\\x{b:02x}"), ""))
}

/// `&#75;` for every character.
pub(super) fn decimal_entities() -> Step {
    spelling("html-entities", |bytes| text::units(&utf8(bytes), |u| format!("&#{u};"), ""))
}

/// `&#x4b;` for every character.
pub(super) fn hex_entities() -> Step {
    spelling("html-entities", |bytes| text::units(&utf8(bytes), |u| format!("&#x{u:x};"), ""))
}

/// Entities by name for the signs that have one, as HTML's encoders write them when told to.
pub(super) fn named_entities() -> Step {
    spelling("html-entities", |bytes| {
        let text = text::xml_escape(&utf8(bytes));
        let names = [("@", "&commat;"), (".", "&period;"), ("/", "&sol;"), (":", "&colon;")];
        names.iter().fold(text, |text, (sign, name)| text.replace(sign, name))
    })
}

/// `75,105,109`.
pub(super) fn char_codes() -> Step {
    spelling("char-codes", |bytes| text::units(&utf8(bytes), |unit| unit.to_string(), ","))
}

/// `String.fromCharCode(75, 105, 109)`.
pub(super) fn from_char_code() -> Step {
    spelling("char-codes", |bytes| {
        let codes = text::units(&utf8(bytes), |unit| unit.to_string(), ", ");
        format!("String.fromCharCode({codes})")
    })
}

pub(super) fn quoted_printable() -> Step {
    spelling("quoted-printable", text::quoted_printable)
}

pub(super) fn lz_string() -> Step {
    layer("?base64 > lz-string", |bytes| lzstring::to_base64(&utf8(bytes)).into_bytes())
}

pub(super) fn lz_string_uri() -> Step {
    layer("?base64 > lz-string", |bytes| lzstring::to_uri(&utf8(bytes)).into_bytes())
}

pub(super) fn lz_string_utf16() -> Step {
    layer("lz-string", |bytes| lzstring::to_utf16(&utf8(bytes)).into_bytes())
}

/// A layer that wraps the bytes.
pub(super) fn layer(step: &str, make: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Step {
    Step::new(Role::Layer, "", step, move |bytes, _| make(bytes))
}

/// Text put before and behind the value, in the same layer.
pub(super) fn between(before: &'static str, behind: &'static str) -> Step {
    layer("", move |bytes| [before.as_bytes(), bytes, behind.as_bytes()].concat())
}

/// UTF-16 or UTF-32 (`width` 2 or 4), with a mark or without.
pub(super) fn wide(width: usize, big_endian: bool, mark: bool) -> Step {
    let name = if width == 2 { "utf-16" } else { "utf-32" };
    layer(name, move |bytes| {
        let text = utf8(bytes);
        let units: Vec<u32> = match width {
            2 => text.encode_utf16().map(u32::from).collect(),
            _ => text.chars().map(u32::from).collect(),
        };
        let mark = mark.then_some(0xfeff);
        let write = |unit: u32| match big_endian {
            true => unit.to_be_bytes()[4 - width..].to_vec(),
            false => unit.to_le_bytes()[..width].to_vec(),
        };
        mark.into_iter().chain(units).flat_map(write).collect()
    })
}

pub(super) fn gzip() -> Step {
    layer("gzip", squeeze::gzip)
}

pub(super) fn zlib() -> Step {
    layer("zlib", squeeze::zlib)
}

pub(super) fn deflate() -> Step {
    layer("deflate", squeeze::deflate)
}

pub(super) fn brotli() -> Step {
    layer("br", brotli::brotli)
}

pub(super) fn zstd() -> Step {
    layer("zstd", squeeze::zstd)
}

pub(super) fn lz4() -> Step {
    layer("lz4", squeeze::lz4_frame)
}

/// A JSON document with the value in `user.u`.
pub(super) fn json() -> Step {
    layer("$.user.u", frames::json)
}

pub(super) fn protobuf() -> Step {
    layer("protobuf:3.1", serial::protobuf)
}

pub(super) fn msgpack() -> Step {
    layer("msgpack:user.u", serial::msgpack)
}

pub(super) fn cbor() -> Step {
    layer("cbor:user.u", serial::cbor)
}

pub(super) fn bson() -> Step {
    layer("bson:user.u", |bytes| serial::bson(&utf8(bytes)))
}

/// A query or form with the value in `u`, to be sent as a value itself.
pub(super) fn inner_form() -> Step {
    layer("form:u", |bytes| format!("v=3&u={}&w=x", text::percent(bytes)).into_bytes())
}

/// An address whose query has the value.
pub(super) fn inner_url() -> Step {
    layer("query:u", |bytes| {
        format!("https://app.maker.test/open?v=3&u={}", text::percent(bytes)).into_bytes()
    })
}

/// A JSON Web Token with the value in `sub`.
pub(super) fn jwt() -> Step {
    layer("jwt:payload > $.sub", |bytes| {
        let part = |bytes: &[u8]| text::base64(bytes, text::URL_SAFE, false);
        let claims = format!("{{\"iat\":1700000000,\"sub\":{}}}", text::json_string(&utf8(bytes)));
        let signature = (super::hash::named("sha256").run)(claims.as_bytes());
        format!(
            "{}.{}.{}",
            part(br#"{"alg":"HS256","typ":"JWT"}"#),
            part(claims.as_bytes()),
            part(&signature)
        )
        .into_bytes()
    })
}
