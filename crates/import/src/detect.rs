//! Tells a file's format by its first bytes, and by its name where they say nothing.

use candor_case::Importer;

use crate::gzip;

/// How many bytes at the start are looked at.
pub(crate) const HEAD: usize = 4_096;

/// Tells the format of a file by its name and its first bytes (a few thousand are enough); `None`
/// if it is none that candor imports.
pub fn detect_format(name: &str, head: &[u8]) -> Option<Importer> {
    let inflated;
    let mut start = head;
    if gzip::is_compressed(head) {
        inflated = gzip::head(head);
        start = &inflated;
    }
    by_contents(start).or_else(|| by_name(name))
}

fn by_contents(start: &[u8]) -> Option<Importer> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    match start.first() {
        Some(b'{') => Some(Importer::Har),
        _ if start.starts_with(b"WARC/") => Some(Importer::Warc),
        _ => None,
    }
}

fn by_name(name: &str) -> Option<Importer> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if name.ends_with(".har") || name.ends_with(".zhar") {
        Some(Importer::Har)
    } else if name.ends_with(".warc") {
        Some(Importer::Warc)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_come_before_names() {
        let table: [(&str, &[u8], Option<Importer>); 8] = [
            ("x", b"WARC/1.1\r\n", Some(Importer::Warc)),
            ("x.har", b"WARC/1.0\r\n", Some(Importer::Warc)),
            ("x.warc", b" \n{\"log\"", Some(Importer::Har)),
            ("x", b"\xef\xbb\xbf{}", Some(Importer::Har)),
            ("x.HAR", b"<html>", Some(Importer::Har)),
            ("x.warc.gz", b"\x1f\x8b", Some(Importer::Warc)),
            ("x.txt", b"hello", None),
            ("x", b"", None),
        ];
        for (name, head, format) in table {
            assert_eq!(detect_format(name, head), format, "{name}");
        }
    }
}
