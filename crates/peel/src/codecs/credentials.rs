//! `Authorization: Scheme token` (RFC 9110, section 11.4): what follows the scheme.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::label::Field;
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Credentials;

impl Codec for Credentials {
    fn name(&self) -> &'static str {
        "credentials"
    }

    fn accepts(&self, view: &View) -> bool {
        view.label.field == Field::Credentials
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(space) = memchr::memchr(b' ', view.bytes) else { return Opened::No };
        let scheme = &view.bytes[..space];
        let plain = (1..=16).contains(&space) && scheme.iter().all(u8::is_ascii_alphanumeric);
        let Ok(scheme) = std::str::from_utf8(scheme) else { return Opened::No };
        if !plain {
            return Opened::No;
        }
        let step = format!("credentials:{}", scheme.to_ascii_lowercase());
        out.part(space + 1..view.bytes.len(), &step);
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, content))
    }
}
