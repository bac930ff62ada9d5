//! From the X server's picture memory (XWD, `X11/XWDFile.h`) to PNG (ISO/IEC 15948).

use std::io::Write;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

/// Largest side of a screen that is believed, in pixels.
const MOST: u32 = 8192;

/// Width, height and RGB bytes of an XWD dump with 32 bits per pixel, blue first, as Xvfb keeps it.
pub(crate) fn xwd(bytes: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let field = |index: usize| -> Option<u32> {
        let four = bytes.get(index * 4..index * 4 + 4)?;
        Some(u32::from_be_bytes(four.try_into().ok()?))
    };
    let (header, version) = (field(0)?, field(1)?);
    let (width, height) = (field(4)?, field(5)?);
    let (bits, line, colors) = (field(11)?, field(12)?, field(19)?);
    if version != 7 || bits != 32 || width == 0 || width > MOST || height == 0 || height > MOST {
        return None;
    }
    let start = header as usize + colors as usize * 12;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for row in 0..height as usize {
        let at = start + row * line as usize;
        let row = bytes.get(at..at + width as usize * 4)?;
        pixels.extend(row.as_chunks::<4>().0.iter().flat_map(|[b, g, r, _]| [*r, *g, *b]));
    }
    Some((width, height, pixels))
}

/// A PNG of RGB bytes, three per pixel, row after row.
pub(crate) fn encode(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in pixels.chunks(width.max(1) as usize * 3) {
        // Writing to memory does not fail.
        let _ = rows.write_all(&[0]);
        let _ = rows.write_all(row);
    }
    let data = rows.finish().unwrap_or_default();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits, true colour, the only compression and filter there are, not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &data);
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(width: u32, height: u32, line: u32) -> Vec<u8> {
        let mut fields = [0u32; 25];
        (fields[0], fields[1], fields[4], fields[5]) = (100, 7, width, height);
        (fields[11], fields[12], fields[19]) = (32, line, 1);
        let mut bytes: Vec<u8> = fields.iter().flat_map(|f| f.to_be_bytes()).collect();
        bytes.extend([0; 12]);
        bytes
    }

    #[test]
    fn a_dump_becomes_pixels() {
        let mut bytes = dump(2, 1, 8);
        bytes.extend([3, 2, 1, 0, 6, 5, 4, 0]);
        assert_eq!(xwd(&bytes), Some((2, 1, vec![1, 2, 3, 4, 5, 6])));
        assert_eq!(xwd(&bytes[..bytes.len() - 1]), None);
        assert_eq!(xwd(&dump(0, 1, 8)), None);
        assert_eq!(xwd(&dump(u32::MAX, 1, 8)), None);
        assert_eq!(xwd(b"no"), None);
    }

    #[test]
    fn a_png_has_its_parts() {
        let png = encode(1, 1, &[255, 0, 0]);
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02"));
        // The end of every PNG, checksum included.
        assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }
}
