//! Protobuf as browsers report metrics with it: pages with their addresses and counters.

use super::event::Writer;

/// A report of some pages.
pub(super) fn report(writer: &mut Writer<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    fixed64(&mut out, 1, 0x0123_4567_89ab_cdef);
    varint_field(&mut out, 2, 7);
    let mut system = Vec::new();
    for (field, text) in [(1, "156.0.0.0"), (2, "en-GB"), (3, "Linux"), (4, "x86_64")] {
        bytes_field(&mut system, field, text.as_bytes());
    }
    bytes_field(&mut out, 5, &system);
    for _ in 0..8 + writer.random.below(24) {
        let page = page(writer);
        bytes_field(&mut out, 3, &page);
    }
    out
}

fn page(writer: &mut Writer<'_>) -> Vec<u8> {
    let mut page = Vec::new();
    varint_field(&mut page, 1, writer.random.number() >> 8);
    let (url, title) = (writer.page(), writer.phrase());
    bytes_field(&mut page, 3, url.as_bytes());
    bytes_field(&mut page, 4, title.as_bytes());
    varint_field(&mut page, 7, writer.now_ms as u64);
    for _ in 0..6 {
        let mut metric = Vec::new();
        fixed64(&mut metric, 1, writer.random.number());
        varint_field(&mut metric, 2, writer.random.below(100_000));
        bytes_field(&mut page, 9, &metric);
    }
    page
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_field(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn fixed64(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3 | 1);
    out.extend(value.to_le_bytes());
}

fn bytes_field(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}
