//! Byte streams that can be looked at before they are read, boxed so that little code is made per
//! kind of stream.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};

/// Smallest and largest step in which an inflow is read, in bytes. It starts small, since most
/// connections carry little, and doubles while a body fills it.
const STEP: std::ops::RangeInclusive<usize> = 8 << 10..=128 << 10;

/// Whatever carries bytes both ways.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A stream whose first bytes may have been looked at.
pub(crate) struct Stream {
    seen: BytesMut,
    io: Box<dyn Io>,
}

impl Stream {
    pub(crate) fn new(io: impl Io + 'static) -> Self {
        Self { seen: BytesMut::new(), io: Box::new(io) }
    }

    /// What was read and not taken yet.
    pub(crate) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Reads more without taking it; 0 at the end.
    pub(crate) async fn more(&mut self) -> io::Result<usize> {
        self.seen.reserve(*STEP.start());
        ended(self.io.read_buf(&mut self.seen).await)
    }

    /// Takes what was seen.
    pub(crate) fn take(&mut self, n: usize) -> Bytes {
        self.seen.split_to(n.min(self.seen.len())).freeze()
    }

    /// Reading and writing apart.
    pub(crate) fn split(self) -> (Inflow, Outflow) {
        let (io, out) = tokio::io::split(self.io);
        (Inflow { seen: self.seen, io, step: *STEP.start() }, out)
    }
}

/// A TLS peer that closes without saying so ends its stream all the same; whether that was the
/// proper end is for the framing to say.
fn ended(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        other => other,
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.seen.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let n = self.seen.len().min(buf.remaining());
        buf.put_slice(self.seen.get(..n).unwrap_or_default());
        self.seen.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// The writing half of a stream.
pub(crate) type Outflow = WriteHalf<Box<dyn Io>>;

/// The reading half of a stream, with what was read and not taken yet.
pub(crate) struct Inflow {
    seen: BytesMut,
    io: ReadHalf<Box<dyn Io>>,
    step: usize,
}

impl Inflow {
    /// What was read and not taken yet.
    pub(crate) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Reads more without taking it; 0 at the end. Nothing is lost when the future is dropped.
    pub(crate) async fn more(&mut self) -> io::Result<usize> {
        self.seen.reserve(self.step);
        let n = ended(self.io.read_buf(&mut self.seen).await)?;
        if n >= self.step {
            self.step = (self.step * 2).min(*STEP.end());
        }
        Ok(n)
    }

    /// Takes what was seen.
    pub(crate) fn take(&mut self, n: usize) -> Bytes {
        self.seen.split_to(n.min(self.seen.len())).freeze()
    }

    /// Takes all that was seen.
    pub(crate) fn take_all(&mut self) -> Bytes {
        self.seen.split().freeze()
    }
}
