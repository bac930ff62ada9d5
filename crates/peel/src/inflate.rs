//! DEFLATE streams (RFC 1951) with or without their zlib wrapper (RFC 1950), inflated within a
//! budget; what could be read before an error is kept.

use candor_case::Limit;
use flate2::{Decompress, FlushDecompress, Status};

use crate::budget::{Purse, Spent};

/// Why inflating stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The stream's own end.
    Complete,
    /// The input ended first.
    Truncated,
    /// The stream contradicts itself.
    Corrupt,
    /// The budget ended first.
    Spent(Spent),
}

/// Inflates one stream at the beginning of `input` onto the end of `output`, and gives the bytes
/// of input it took.
pub(crate) fn inflate(
    input: &[u8],
    zlib: bool,
    output: &mut Vec<u8>,
    purse: &mut Purse,
) -> (usize, Stop) {
    let mut stream = Decompress::new(zlib);
    let limit = purse.allowance(input.len());
    let mut room = input.len().saturating_mul(4).clamp(256, 64 << 10);
    loop {
        let taken = stream.total_in() as usize;
        let made = stream.total_out() as usize;
        if made >= limit {
            return (taken, Stop::Spent(Spent(Limit::Bytes)));
        }
        output.reserve_exact(room.min(limit - made));
        let status = stream.decompress_vec(&input[taken..], output, FlushDecompress::None);
        let grown = stream.total_out() as usize - made;
        let took = stream.total_in() as usize - taken;
        match status {
            Ok(Status::StreamEnd) => return (stream.total_in() as usize, Stop::Complete),
            Ok(_) if grown == 0 && took == 0 => return (taken, Stop::Truncated),
            Ok(_) => room = room.saturating_mul(2).min(4 << 20),
            Err(_) => return (taken, Stop::Corrupt),
        }
    }
}
