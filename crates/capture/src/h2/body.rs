//! Bodies that are recorded while they pass.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use candor_case::Header;
use hyper::{
    HeaderMap,
    body::{Body, Frame, Incoming, SizeHint},
};

use crate::{Side, record::Recorder, session::Session};

/// A body that is recorded while it passes.
///
/// One that is dropped before its end is read on in the background, for at most the drain limit:
/// the recording wants the true end, and a stream that is reset while its last empty frame is under
/// way counts against its whole connection.
pub(crate) struct Tapped {
    inner: Option<Incoming>,
    recorder: Arc<Recorder>,
    side: Side,
    session: Arc<Session>,
}

impl Tapped {
    pub(crate) fn new(
        inner: Incoming,
        recorder: Arc<Recorder>,
        side: Side,
        session: Arc<Session>,
    ) -> Self {
        let tapped = Self { inner: Some(inner), recorder, side, session };
        tapped.note_end();
        tapped
    }

    /// Ends the recording as soon as no more frame can come: nobody may ask for another one.
    fn note_end(&self) {
        if self.is_end_stream() {
            self.recorder.end(self.side, Vec::new(), true);
        }
    }

    fn note(&self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref() {
            self.recorder.chunk(self.side, data);
            self.note_end();
        } else if let Some(trailers) = frame.trailers_ref() {
            self.recorder.end(self.side, fields(trailers), true);
        }
    }

    async fn drain(mut self) {
        let session = Arc::clone(&self.session);
        let read = async {
            while let Some(Ok(_)) =
                std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await
            {}
        };
        tokio::select! {
            _ = tokio::time::timeout(session.limits.drain, read) => {}
            () = session.stopped() => {}
        }
        // What is left now is not to be drained once more.
        self.inner = None;
    }
}

impl Body for Tapped {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => self.note(frame),
            Some(Err(_)) => self.recorder.end(self.side, Vec::new(), false),
            None => self.recorder.end(self.side, Vec::new(), true),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Incoming::is_end_stream)
    }

    // No size: hyper would add a length that the sender did not send.
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        if self.recorder.ended(self.side) {
            return;
        }
        let Some(inner) = self.inner.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let rest = Self {
            inner: Some(inner),
            recorder: Arc::clone(&self.recorder),
            side: self.side,
            session: Arc::clone(&self.session),
        };
        runtime.spawn(rest.drain());
    }
}

/// What is sent back: a server's body or our own.
pub(crate) enum Outgoing {
    Tapped(Tapped),
    Own(Option<Bytes>),
}

impl Outgoing {
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self::Own(Some(bytes).filter(|b| !b.is_empty()))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Tapped(tapped) => Pin::new(tapped).poll_frame(cx),
            Self::Own(bytes) => Poll::Ready(bytes.take().map(Frame::data).map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Tapped(tapped) => tapped.is_end_stream(),
            Self::Own(bytes) => bytes.is_none(),
        }
    }
}

/// Header fields in the order sent; fields of one name stand together, in their own order.
pub(crate) fn fields(headers: &HeaderMap) -> Vec<Header> {
    let copy = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    headers
        .iter()
        .map(|(name, value)| Header {
            name: copy(name.as_str().as_bytes()),
            value: copy(value.as_bytes()),
        })
        .collect()
}
