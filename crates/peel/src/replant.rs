//! Replanting: the inverse of peeling, so that a value put into a copy of a recorded exchange
//! proves that peeling would have found it there.

use bytes::Bytes;
use candor_case::{Exchange, ExchangeKind, Header, LayerId, Tree};

use crate::codec;

/// A copy of the exchange in which the bytes of `layer` are `value` and every opening on the way
/// up is done anew, `content-length` included. `tree` has to be what [`crate::peel`] or
/// [`crate::peel_response`] made of `exchange`.
///
/// `None` where a codec on the way has no inverse, cannot hold that value, or would make far more of
/// it than was there.
pub fn replant(exchange: &Exchange, tree: &Tree, layer: LayerId, value: &[u8]) -> Option<Exchange> {
    let (root, content) = rebuild(tree, layer, value)?;
    let mut copy = exchange.clone();
    put(&mut copy, tree, root, content.into())?;
    Some(copy)
}

/// The root above `layer`, and its bytes with `value` in place of the layer's.
pub(crate) fn rebuild(tree: &Tree, layer: LayerId, value: &[u8]) -> Option<(LayerId, Vec<u8>)> {
    let mut content = value.to_vec();
    let mut at = layer;
    loop {
        let here = tree.layers.get(at.0 as usize)?;
        let Some(parent) = here.parent else { return Some((at, content)) };
        if tree.step(at) == "rest" {
            return None;
        }
        let outer = &tree.layers.get(parent.0 as usize)?.bytes;
        content = codec::named(here.opening.codec)?.close(outer, &here.opening, &content)?;
        // Inverses escape more than they must, and one above the other without end.
        if content.len() > 8 * (outer.len() + value.len()) + (64 << 10) {
            return None;
        }
        at = parent;
    }
}

/// Replaces the part of the exchange that a root stands for.
fn put(exchange: &mut Exchange, tree: &Tree, root: LayerId, content: Bytes) -> Option<()> {
    let codec = tree.layer(root).opening.codec;
    // Roots of header fields stand in the order of the fields.
    let nth = tree.layers[..root.0 as usize]
        .iter()
        .filter(|layer| layer.parent.is_none() && layer.opening.codec == codec)
        .count();
    let request = &mut exchange.request;
    let response = exchange.response.as_mut();
    match codec {
        "request.url" => request.url = String::from_utf8(content.to_vec()).ok()?,
        "request.header" => put_field(request.headers.get_mut(nth)?, content)?,
        "request.trailer" => put_field(request.trailers.get_mut(nth)?, content)?,
        "request.body" => {
            put_length(&mut request.headers, content.len());
            request.body.bytes = content;
        }
        "response.header" => put_field(response?.headers.get_mut(nth)?, content)?,
        "response.trailer" => put_field(response?.trailers.get_mut(nth)?, content)?,
        "response.body" => {
            let response = response?;
            put_length(&mut response.headers, content.len());
            response.body.bytes = content;
        }
        "message" => match &mut exchange.kind {
            ExchangeKind::Message { payload, .. } => payload.bytes = content,
            ExchangeKind::Http => return None,
        },
        _ => return None,
    }
    Some(())
}

/// Sets a field's value, unless the value would end the field.
fn put_field(field: &mut Header, value: Bytes) -> Option<()> {
    if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return None;
    }
    field.value = value;
    Some(())
}

fn put_length(headers: &mut [Header], len: usize) {
    for header in headers.iter_mut().filter(|h| h.is("content-length")) {
        header.value = len.to_string().into();
    }
}
