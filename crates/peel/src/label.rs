//! Labels: what the header fields around a body say it holds. They are hints; where they and the
//! bytes disagree, the bytes win.

use bytes::Bytes;
use candor_case::Header;

/// A content-coding that a label may name (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `deflate`: zlib by the standard, raw by some senders.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
    /// `base64` of a transfer (RFC 2045, section 6.8).
    Base64,
    /// `quoted-printable` of a transfer (RFC 2045, section 6.7).
    QuotedPrintable,
}

impl Coding {
    /// The name that a path prints.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    fn parse(token: &[u8]) -> Option<Self> {
        let token = token.trim_ascii().to_ascii_lowercase();
        match &token[..] {
            b"gzip" | b"x-gzip" => Some(Self::Gzip),
            b"deflate" => Some(Self::Deflate),
            b"br" => Some(Self::Brotli),
            b"zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What a `Content-Transfer-Encoding` names.
    fn parse_transfer(token: &[u8]) -> Option<Self> {
        match &token.trim_ascii().to_ascii_lowercase()[..] {
            b"base64" => Some(Self::Base64),
            b"quoted-printable" => Some(Self::QuotedPrintable),
            _ => None,
        }
    }
}

/// What a media type says of the codec to use, once all content-codings are undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Media {
    /// Nothing that helps.
    #[default]
    Other,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/…`.
    Multipart,
    /// Any protobuf type.
    Protobuf,
    /// Any gRPC type.
    Grpc,
}

/// A header field with a grammar of its own, which the layer is the value of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Field {
    /// Any other, or none.
    #[default]
    Other,
    /// `Cookie` of a request.
    Cookie,
    /// `Set-Cookie` of a response.
    SetCookie,
    /// `Authorization` or `Proxy-Authorization`.
    Credentials,
    /// Any other that programs of today may have invented.
    Structured,
}

impl Field {
    /// The field of a lower-cased name.
    pub(crate) fn named(root: &str, name: &[u8]) -> Self {
        match (root, name) {
            ("request.header", b"cookie") => Self::Cookie,
            ("response.header", b"set-cookie") => Self::SetCookie,
            ("request.header", b"authorization" | b"proxy-authorization") => Self::Credentials,
            (_, name) if !OLD.contains(&name) => Self::Structured,
            _ => Self::Other,
        }
    }
}

/// Fields older than structured fields, whose grammar is their own.
const OLD: [&[u8]; 32] = [
    b"accept",
    b"accept-charset",
    b"accept-encoding",
    b"accept-language",
    b"access-control-request-headers",
    b"access-control-request-method",
    b"cache-control",
    b"connection",
    b"content-disposition",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"date",
    b"etag",
    b"expect",
    b"expires",
    b"host",
    b"if-modified-since",
    b"if-none-match",
    b"last-modified",
    b"location",
    b"origin",
    b"pragma",
    b"range",
    b"referer",
    b"server",
    b"te",
    b"upgrade",
    b"user-agent",
    b"vary",
    b"via",
    b"x-forwarded-for",
];

/// What the header fields say of the bytes of one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label {
    /// Content-codings in the order they were applied; the last is undone first.
    pub(crate) codings: Vec<Coding>,
    /// The kind of media.
    pub(crate) media: Media,
    /// The boundary of a multipart body, where the label names it.
    pub(crate) boundary: Option<Bytes>,
    /// The header field itself.
    pub(crate) field: Field,
}

impl Label {
    /// The label of bytes that nobody labelled.
    pub(crate) const NONE: &'static Self =
        &Self { codings: Vec::new(), media: Media::Other, boundary: None, field: Field::Other };

    /// Reads the label off the header fields of a message or of one part of it.
    pub(crate) fn read(headers: &[Header]) -> Self {
        let mut label = Self::default();
        let mut transfer = None;
        for header in headers {
            if header.is("content-encoding") {
                label.codings.extend(header.value.split(|b| *b == b',').filter_map(Coding::parse));
            } else if header.is("content-type") {
                label.set_media(&header.value);
            } else if header.is("content-transfer-encoding") {
                transfer = Coding::parse_transfer(&header.value);
            }
        }
        // What the transfer did came last.
        label.codings.extend(transfer);
        label
    }

    /// The label that bytes of a codec come with, where one decides whether it is asked.
    pub(crate) fn of_codec(codec: &str) -> Self {
        let coding = match codec {
            "gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            "br" => Some(Coding::Brotli),
            "zstd" => Some(Coding::Zstd),
            "base64" => Some(Coding::Base64),
            "quoted-printable" => Some(Coding::QuotedPrintable),
            _ => None,
        };
        let media = match codec {
            "form" => Media::Form,
            "multipart" => Media::Multipart,
            "protobuf" => Media::Protobuf,
            "grpc" => Media::Grpc,
            _ => Media::Other,
        };
        let field = match codec {
            "cookie" => Field::Cookie,
            "credentials" => Field::Credentials,
            "structured" => Field::Structured,
            _ => Field::Other,
        };
        Self { codings: coding.into_iter().collect(), media, boundary: None, field }
    }

    /// The coding that has to be undone next.
    pub(crate) fn coding(&self) -> Option<Coding> {
        self.codings.last().copied()
    }

    /// The label of what lies inside the outermost coding; `None` if there is no coding, since
    /// a label says nothing of what a container holds.
    pub(crate) fn inside(&self) -> Option<Self> {
        let (_, codings) = self.codings.split_last()?;
        Some(Self { codings: codings.to_vec(), ..self.clone() })
    }

    fn set_media(&mut self, value: &Bytes) {
        let lower = value.to_ascii_lowercase();
        let essence = lower.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        if essence == b"application/x-www-form-urlencoded" {
            self.media = Media::Form;
        } else if essence.starts_with(b"multipart/") {
            self.media = Media::Multipart;
            self.boundary = boundary(value, &lower);
        } else if essence.starts_with(b"application/grpc") {
            self.media = Media::Grpc;
        } else if memchr::memmem::find(essence, b"protobuf").is_some() {
            self.media = Media::Protobuf;
        }
    }
}

/// The `boundary` parameter; `lower` is `value` in lower case.
fn boundary(value: &Bytes, lower: &[u8]) -> Option<Bytes> {
    let start = memchr::memmem::find(lower, b"boundary=")? + b"boundary=".len();
    let rest = value.get(start..)?;
    let (skip, len) = match rest.first()? {
        b'"' => (1, memchr::memchr(b'"', &rest[1..])?),
        _ => (0, rest.iter().position(|b| matches!(b, b';' | b' ')).unwrap_or(rest.len())),
    };
    (len > 0).then(|| value.slice(start + skip..start + skip + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(fields: &[(&'static str, &'static str)]) -> Label {
        let headers: Vec<Header> = fields.iter().map(|(n, v)| Header::new(*n, *v)).collect();
        Label::read(&headers)
    }

    #[test]
    fn codings_are_undone_from_the_last_to_the_first() {
        let read = label(&[("Content-Encoding", "gzip, BR"), ("content-encoding", "identity")]);
        assert_eq!(read.codings, [Coding::Gzip, Coding::Brotli]);
        assert_eq!(read.coding(), Some(Coding::Brotli));
        assert_eq!(read.inside().and_then(|inside| inside.coding()), Some(Coding::Gzip));
    }

    #[test]
    fn media_types_are_read() {
        let table = [
            ("application/x-www-form-urlencoded; charset=UTF-8", Media::Form, None),
            ("Multipart/Form-Data; Boundary=\"a b\"; x=y", Media::Multipart, Some("a b")),
            ("multipart/form-data; boundary=----X1", Media::Multipart, Some("----X1")),
            ("multipart/form-data; boundary=", Media::Multipart, None),
            ("application/x-protobuf", Media::Protobuf, None),
            ("text/plain", Media::Other, None),
        ];
        for (value, media, boundary) in table {
            let read = label(&[("Content-Type", value)]);
            assert_eq!(read.media, media, "{value}");
            assert_eq!(read.boundary.as_deref(), boundary.map(str::as_bytes), "{value}");
        }
    }
}
