//! Connections that came to nothing, as HTTP Toolkit lists them in `log._tlsErrors`.

use candor_case::GapReason;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Context, Raw, json, split};
use crate::Out;
use crate::gap::gap;

#[derive(Deserialize)]
struct TlsError<'a> {
    #[serde(borrow, default)]
    hostname: Raw<'a>,
    #[serde(borrow, default)]
    cause: Raw<'a>,
}

/// Hands on a gap for each. A client that refused the certificate is told apart from one that went
/// away without a word.
pub(crate) fn gaps(list: Option<&RawValue>, context: &Context, out: &mut Out) {
    let Some(list) = list else { return };
    let mut index = 0;
    split::elements(list, &mut |raw| {
        if let Some(error) = json::object::<TlsError>(Some(raw)) {
            let host = json::string(error.hostname).unwrap_or_default();
            let cause = json::string(error.cause).unwrap_or_else(|| "unknown".into());
            let reason = match cause.as_str() {
                "closed" | "reset" | "handshake-timeout" => GapReason::UnknownProtocol,
                _ => GapReason::TlsRefused,
            };
            let example = format!("{}: log._tlsErrors[{index}]: {cause}", context.name);
            out.gap(gap(reason, &host, 0, example));
        }
        index += 1;
    });
}
