//! What plays along a run's picture: its film, where there is one, and its requests, on one clock.

use candor_case::UnixMicros;
use data_encoding::BASE64;
use serde::Serialize;

use crate::inert;
use crate::page::lanes::Lane;
use crate::view::{Frame, Index};
use crate::words;

/// One run as the script plays it.
#[derive(Serialize)]
pub(crate) struct Reel {
    /// The run's name, as the rows of requests have it.
    run: String,
    /// Moments in milliseconds and where the picture draws them; between them time runs evenly.
    knots: Vec<(i64, f64)>,
    /// Position of the run's first and last row among all requests.
    rows: (usize, usize),
    /// Moments in milliseconds from which a picture is seen, and the picture: JPEG in base64.
    frames: Vec<(i64, String)>,
    /// Whether the run's windows are private ones.
    private: bool,
}

impl Reel {
    pub(crate) fn new(index: &Index<'_>, lane: &Lane<'_>, film: &[Frame]) -> Self {
        let of_run = |line: &crate::RequestLine| line.run == lane.run.id;
        let rows = &index.view.requests;
        let last = rows.iter().rposition(of_run).unwrap_or(0);
        Self {
            run: inert(&lane.run.id.0, 80),
            knots: lane.axis.corners().map(|(at, x)| (UnixMicros(at).millis(), x)).collect(),
            rows: (rows.iter().position(of_run).unwrap_or(0), last),
            frames: film.iter().map(|f| (f.at.millis(), BASE64.encode(&f.jpeg))).collect(),
            private: words::is_private(&lane.run.arm),
        }
    }

    /// The same without its pictures.
    pub(crate) fn without_film(mut self) -> Self {
        self.frames.clear();
        self
    }
}
