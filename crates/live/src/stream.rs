//! Answers of the live page: whole ones, and one that goes on as long as somebody listens.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::Feed;

/// The least time between two updates: a page that follows a busy subject shall stay readable.
const BREATH: Duration = Duration::from_millis(150);
/// How often something is said when there is nothing to say, so that a page that went is noticed.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// A body.
pub(crate) enum Reply {
    /// All of it.
    Whole(Option<Bytes>),
    /// Piece by piece.
    Stream(mpsc::Receiver<Bytes>),
}

impl From<Bytes> for Reply {
    fn from(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(pieces) => pieces.poll_recv(cx).map(|piece| Some(Ok(Frame::data(piece?)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// Everything newer than `version`, and then whatever comes, as server-sent events. One piece waits
/// at most: a page that reads slowly gets fewer and larger updates.
pub(crate) fn stream(feed: Feed, mut version: u64) -> Reply {
    let (pieces, received) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let piece = match feed.since(version) {
                Some(update) => {
                    version = update.version;
                    let Ok(data) = serde_json::to_string(&update) else { return };
                    format!("id: {version}\ndata: {data}\n\n")
                }
                None => String::from(":\n\n"),
            };
            if pieces.send(piece.into()).await.is_err() {
                return;
            }
            tokio::time::sleep(BREATH).await;
            tokio::select! {
                () = pieces.closed() => return,
                _ = tokio::time::timeout(SIGN_OF_LIFE, feed.newer(version)) => {}
            }
        }
    });
    Reply::Stream(received)
}
