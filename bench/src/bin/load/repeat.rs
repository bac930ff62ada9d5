//! A body that repeats a block until a length is reached: a gigabyte costs no memory.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use candor_bench::random::Random;
use hyper::body::{Body, Frame, SizeHint};

/// Bytes in a frame.
const BLOCK: usize = 64 << 10;

static NOISE: LazyLock<Bytes> = LazyLock::new(|| Random::new(1).bytes(BLOCK).into());

/// So many bytes that do not compress.
#[derive(Clone, Debug)]
pub(crate) struct Repeat(pub(crate) u64);

impl Body for Repeat {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.0.min(BLOCK as u64);
        self.0 -= length;
        let frame = Frame::data(NOISE.slice(..length as usize));
        Poll::Ready((length > 0).then_some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.0 == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}
