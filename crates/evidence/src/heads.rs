//! The requests that opened the last conversations, so that each is written and read once.

use std::collections::{BTreeMap, VecDeque};

/// How many a writer remembers. A reader remembers more, so that it has whatever the writer took
/// for known.
pub(crate) const WRITER_KEEPS: usize = 1_024;

/// See [`WRITER_KEEPS`].
pub(crate) const READER_KEEPS: usize = 4 * WRITER_KEEPS;

/// The last values by name; the oldest goes first.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    known: BTreeMap<String, T>,
    order: VecDeque<String>,
    keeps: usize,
}

impl<T> Recent<T> {
    /// Remembers at most that many.
    pub(crate) fn new(keeps: usize) -> Self {
        Self { known: BTreeMap::new(), order: VecDeque::new(), keeps }
    }

    /// The value of that name, if it is still known.
    pub(crate) fn find(&self, name: &str) -> Option<&T> {
        self.known.get(name)
    }

    /// Adds a value as the newest.
    pub(crate) fn add(&mut self, name: String, value: T) {
        if self.known.insert(name.clone(), value).is_some() {
            self.order.retain(|known| *known != name);
        }
        self.order.push_back(name);
        if self.order.len() > self.keeps
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let mut recent = Recent::new(2);
        for name in ["a", "b", "a", "c"] {
            recent.add(name.into(), ());
        }
        assert!(recent.find("b").is_none());
        assert!(recent.find("a").is_some() && recent.find("c").is_some());
    }
}
