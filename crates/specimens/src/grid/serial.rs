//! Binary serialisations of one small record: `v` is 3, `kind` is `open`, and the value stands in
//! `user.u` (by number: in field 1 of field 3).

/// A protobuf field of bytes, text or a message.
pub(super) fn protobuf_bytes(number: u32, bytes: &[u8]) -> Vec<u8> {
    [varint(u64::from(number << 3 | 2)), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A protobuf field of a number.
pub(super) fn protobuf_number(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number << 3)), varint(value)].concat()
}

/// Protobuf (protobuf.dev, "Encoding").
pub(super) fn protobuf(value: &[u8]) -> Vec<u8> {
    [
        protobuf_number(1, 3),
        protobuf_bytes(2, b"open"),
        protobuf_bytes(3, &[protobuf_bytes(1, value), protobuf_number(2, 7)].concat()),
    ]
    .concat()
}

/// LEB128.
fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// MessagePack (msgpack.org, specification); text as str, other bytes as bin.
pub(super) fn msgpack(value: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0xa0 | text.len() as u8], text.as_bytes()].concat();
    let (short, long) = match std::str::from_utf8(value) {
        Ok(_) => (0xd9, 0xda),
        Err(_) => (0xc4, 0xc5),
    };
    let head = match u8::try_from(value.len()) {
        Ok(length) => vec![short, length],
        Err(_) => [&[long][..], &(value.len() as u16).to_be_bytes()].concat(),
    };
    let entries = [text("v"), vec![3], text("kind"), text("open"), text("user"), vec![0x81]];
    [vec![0x83], entries.concat(), text("u"), head, value.to_vec()].concat()
}

/// CBOR (RFC 8949); text as text, other bytes as a byte string.
pub(super) fn cbor(value: &[u8]) -> Vec<u8> {
    let head = |major: u8, length: usize| match length {
        0..24 => vec![major << 5 | length as u8],
        24..256 => vec![major << 5 | 24, length as u8],
        _ => [&[major << 5 | 25][..], &(length as u16).to_be_bytes()].concat(),
    };
    let text = |text: &str| [head(3, text.len()), text.as_bytes().to_vec()].concat();
    let major = if std::str::from_utf8(value).is_ok() { 3 } else { 2 };
    let entries = [text("v"), head(0, 3), text("kind"), text("open"), text("user"), head(5, 1)];
    [head(5, 3), entries.concat(), text("u"), head(major, value.len()), value.to_vec()].concat()
}

/// BSON (bsonspec.org, 1.1).
pub(super) fn bson(value: &str) -> Vec<u8> {
    let document = |elements: Vec<u8>| {
        let length = elements.len() as u32 + 5;
        [&length.to_le_bytes()[..], &elements, &[0]].concat()
    };
    let name = |kind: u8, name: &str| [&[kind], name.as_bytes(), &[0]].concat();
    let string =
        |text: &str| [&(text.len() as u32 + 1).to_le_bytes()[..], text.as_bytes(), &[0]].concat();
    let user = document([name(2, "u"), string(value)].concat());
    let number = 3i32.to_le_bytes().to_vec();
    let elements = [name(16, "v"), number, name(2, "kind"), string("open"), name(3, "user"), user];
    document(elements.concat())
}

/// Thrift, compact protocol (Apache Thrift, "thrift-compact-protocol").
pub(super) fn thrift_compact(value: &[u8]) -> Vec<u8> {
    let binary = |bytes: &[u8]| [varint(bytes.len() as u64), bytes.to_vec()].concat();
    let field = |kind: u8| vec![1 << 4 | kind];
    let zigzag = varint(3 << 1);
    let inner = [field(8), binary(value), vec![0]].concat();
    [field(5), zigzag, field(8), binary(b"open"), field(12), inner, vec![0]].concat()
}

/// Thrift, binary protocol.
pub(super) fn thrift_binary(value: &[u8]) -> Vec<u8> {
    let binary = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let field = |kind: u8, id: u16| [&[kind][..], &id.to_be_bytes()].concat();
    let inner = [field(11, 1), binary(value), vec![0]].concat();
    let number = 3u32.to_be_bytes().to_vec();
    [field(8, 1), number, field(11, 2), binary(b"open"), field(12, 3), inner, vec![0]].concat()
}

/// A binary property list (CFBinaryPList.c): a dictionary with `v`, `kind` and `u`.
pub(super) fn binary_plist(value: &str) -> Vec<u8> {
    let string = |text: &str| match text.len() {
        length @ 0..15 => [&[0x50 | length as u8], text.as_bytes()].concat(),
        length => [&[0x5f, 0x11][..], &(length as u16).to_be_bytes(), text.as_bytes()].concat(),
    };
    // The keys are objects 1 to 3, their values 4 to 6.
    let objects = [
        vec![0xd3, 1, 2, 3, 4, 5, 6],
        string("v"),
        string("kind"),
        string("u"),
        vec![0x10, 3],
        string("open"),
        string(value),
    ];
    let mut out = b"bplist00".to_vec();
    let mut offsets: Vec<u8> = Vec::new();
    for object in &objects {
        offsets.extend((out.len() as u16).to_be_bytes());
        out.extend(object);
    }
    let table = out.len() as u64;
    out.extend(offsets);
    out.extend([0, 0, 0, 0, 0, 0, 2, 1]);
    out.extend((objects.len() as u64).to_be_bytes());
    out.extend(0u64.to_be_bytes());
    out.extend(table.to_be_bytes());
    out
}
