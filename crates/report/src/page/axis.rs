//! A time axis that draws long silences short, so that a second and a day fit on one line.

/// Silences that are drawn short at most.
const MOST_BREAKS: usize = 12;
/// Room of a short silence, in units of the picture.
const BREAK_WIDTH: f64 = 30.0;
/// A silence is drawn short when it takes more than this share of the rest.
const TOO_LONG: f64 = 0.12;

/// A silence that is drawn short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Break {
    /// Where it is drawn.
    pub(crate) x: f64,
    /// How long it really lasts, in microseconds.
    pub(crate) micros: i64,
}

/// Maps moments to places.
#[derive(Debug)]
pub(crate) struct Axis {
    /// Moments between which time runs evenly, with their places.
    knots: Vec<(i64, f64)>,
    pub(crate) breaks: Vec<Break>,
}

impl Axis {
    /// An axis from `left` to `right` over these moments, which need not be sorted.
    pub(crate) fn new(mut moments: Vec<i64>, left: f64, right: f64) -> Self {
        moments.sort_unstable();
        moments.dedup();
        let long = long_gaps(&moments);
        let short: i64 =
            gaps(&moments).filter(|(i, _)| !long.contains(i)).map(|(_, gap)| gap).sum();
        let room = (right - left - BREAK_WIDTH * long.len() as f64).max(1.0);
        let scale = room / (short.max(1) as f64);
        let mut axis = Self { knots: Vec::new(), breaks: Vec::new() };
        let mut x = left;
        for (i, moment) in moments.iter().enumerate() {
            axis.knots.push((*moment, x));
            let Some(next) = moments.get(i + 1) else { break };
            let gap = next.saturating_sub(*moment);
            if long.contains(&i) {
                axis.breaks.push(Break { x: x + BREAK_WIDTH / 2.0, micros: gap });
                x += BREAK_WIDTH;
            } else {
                x += gap as f64 * scale;
            }
        }
        axis
    }

    /// Moments between which time runs evenly, with their places: both ends and the silences.
    pub(crate) fn corners(&self) -> impl Iterator<Item = (i64, f64)> {
        let bent = |i: usize| {
            let slope = |a: (i64, f64), b: (i64, f64)| (b.1 - a.1) / (b.0 as f64 - a.0 as f64);
            let beside = |i: usize| self.knots.get(i).copied();
            match (i.checked_sub(1).and_then(beside), beside(i), beside(i + 1)) {
                (Some(before), Some(here), Some(after)) => {
                    (slope(before, here) - slope(here, after)).abs() > slope(before, here) * 0.01
                }
                _ => true,
            }
        };
        self.knots.iter().enumerate().filter(move |(i, _)| bent(*i)).map(|(_, knot)| *knot)
    }

    /// Where a moment is drawn.
    pub(crate) fn x(&self, at: i64) -> f64 {
        let after = self.knots.partition_point(|(moment, _)| *moment <= at);
        let Some((before, x)) = self.knots.get(after.saturating_sub(1)) else { return 0.0 };
        match self.knots.get(after) {
            Some((next, next_x)) if at > *before => {
                let share = at.saturating_sub(*before) as f64
                    / (next.saturating_sub(*before)).max(1) as f64;
                x + (next_x - x) * share
            }
            _ => *x,
        }
    }
}

fn gaps(moments: &[i64]) -> impl Iterator<Item = (usize, i64)> + '_ {
    moments.windows(2).enumerate().map(|(i, pair)| (i, pair[1].saturating_sub(pair[0])))
}

/// The gaps that would leave no room for the rest, longest first.
fn long_gaps(moments: &[i64]) -> Vec<usize> {
    let mut order: Vec<(usize, i64)> = gaps(moments).collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut rest: f64 = order.iter().map(|(_, gap)| *gap as f64).sum();
    let mut long = Vec::new();
    for (i, gap) in order {
        if long.len() == MOST_BREAKS || gap as f64 <= rest * TOO_LONG || gap < 2_000_000 {
            break;
        }
        rest -= gap as f64;
        long.push(i);
    }
    long
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn a_day_of_silence_does_not_squeeze_the_minutes() {
        let minute = 60_000_000;
        let mut moments: Vec<i64> = (0..10).map(|i| i * minute).collect();
        moments.extend((0..10).map(|i| DAY + i * minute));
        let axis = Axis::new(moments, 0.0, 1_000.0);
        assert_eq!(axis.breaks.len(), 1);
        assert_eq!(axis.breaks[0].micros, DAY - 9 * minute);
        assert!(axis.x(9 * minute) > 450.0, "{}", axis.x(9 * minute));
        assert!((axis.x(DAY + 9 * minute) - 1_000.0).abs() < 0.01);
        let corners: Vec<i64> = axis.corners().map(|(at, _)| at / minute).collect();
        assert_eq!(corners, [0, 9, 1_440, 1_449]);
        assert!(axis.x(DAY / 2) > axis.x(9 * minute));
    }

    #[test]
    fn odd_moments_stay_on_the_axis() {
        for moments in [vec![], vec![5], vec![i64::MIN, i64::MAX], vec![3, 3, 3]] {
            let axis = Axis::new(moments, 10.0, 20.0);
            for at in [i64::MIN, -1, 0, 4, i64::MAX] {
                let x = axis.x(at);
                assert!((0.0..=1_000.0).contains(&x), "{at}: {x}");
            }
        }
    }
}
