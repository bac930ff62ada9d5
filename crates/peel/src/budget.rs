//! Budgets: what peeling one exchange may cost, counted and never timed, so that every machine
//! stops at the same byte.

use candor_case::Limit;

/// The limits for one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of all layers together, of their steps, and of decodings that were tried.
    pub bytes: u64,
    /// Layers in the tree; roots always stand. One container takes three quarters of those left, at most, so that
    /// what it holds can be opened too; its rest is then one layer more.
    pub layers: u32,
    /// Values, fields and blocks that codecs look at, kept or not.
    pub nodes: u64,
    /// Openings on the way from a root to a layer.
    pub depth: u16,
    /// How many times its input a decompressor's output may be; 1 MiB is always allowed.
    pub ratio: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 256 << 20, layers: 200_000, nodes: 8_000_000, depth: 24, ratio: 1000 }
    }
}

/// What is left of a budget while one exchange is peeled.
#[derive(Debug)]
pub(crate) struct Purse {
    bytes: u64,
    layers: u32,
    nodes: u64,
    ratio: u32,
}

/// The budget that ended, named as [`candor_case::End::OutOfBudget`] names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent(pub(crate) Limit);

impl Purse {
    pub(crate) fn new(budget: &Budget) -> Self {
        let Budget { bytes, layers, nodes, ratio, .. } = *budget;
        Self { bytes, layers, nodes, ratio }
    }

    /// Pays for bytes that were made or looked at again.
    pub(crate) fn pay_bytes(&mut self, bytes: usize) -> Result<(), Spent> {
        pay(&mut self.bytes, bytes as u64, Limit::Bytes)
    }

    /// Pays for one value, field or block of a container of which `kept` are pieces by now.
    pub(crate) fn pay_node(&mut self, kept: usize) -> Result<(), Spent> {
        if kept as u64 >= u64::from(self.layers - self.layers / 4) {
            return Err(Spent(Limit::Layers));
        }
        pay(&mut self.nodes, 1, Limit::Nodes)
    }

    /// Pays for `count` layers of the tree.
    pub(crate) fn pay_layers(&mut self, count: usize) -> Result<(), Spent> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.layers = self.layers.checked_sub(count).ok_or(Spent(Limit::Layers))?;
        Ok(())
    }

    /// Bytes that a decompressor may make of `input` bytes.
    pub(crate) fn allowance(&self, input: usize) -> usize {
        const ALWAYS: u64 = 1 << 20;
        let by_ratio = (input as u64).saturating_mul(u64::from(self.ratio)).max(ALWAYS);
        usize::try_from(by_ratio.min(self.bytes)).unwrap_or(usize::MAX)
    }
}

/// Takes `cost` from `left`, or leaves it for something smaller.
fn pay(left: &mut u64, cost: u64, what: Limit) -> Result<(), Spent> {
    *left = left.checked_sub(cost).ok_or(Spent(what))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_pays_to_the_last_coin_and_no_further() {
        let mut purse =
            Purse::new(&Budget { bytes: 10, layers: 2, nodes: 1, depth: 1, ratio: 1000 });
        assert_eq!(purse.allowance(1), 10);
        assert_eq!(purse.pay_bytes(11), Err(Spent(Limit::Bytes)));
        assert_eq!(purse.pay_bytes(10), Ok(()));
        assert_eq!(purse.pay_bytes(1), Err(Spent(Limit::Bytes)));
        assert_eq!(purse.pay_node(2), Err(Spent(Limit::Layers)));
        assert_eq!(purse.pay_node(1), Ok(()));
        assert_eq!(purse.pay_node(1), Err(Spent(Limit::Nodes)));
        assert_eq!(purse.pay_layers(3), Err(Spent(Limit::Layers)));
        assert_eq!(purse.pay_layers(2), Ok(()));
        assert_eq!(purse.pay_layers(1), Err(Spent(Limit::Layers)));
    }
}
