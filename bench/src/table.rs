//! Tables of ratios: medians over rounds, each column held against one of them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Rows and columns in the order in which they were first named.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<String>,
    columns: Vec<String>,
    cells: BTreeMap<(String, String), Vec<f64>>,
}

impl Table {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { rows: Vec::new(), columns: Vec::new(), cells: BTreeMap::new() }
    }

    /// Adds one round's figure.
    pub fn add(&mut self, row: &str, column: &str, figure: f64) {
        for (list, name) in [(&mut self.rows, row), (&mut self.columns, column)] {
            if !list.iter().any(|known| known == name) {
                list.push(name.to_owned());
            }
        }
        self.cells.entry((row.to_owned(), column.to_owned())).or_default().push(figure);
    }

    /// The middle of a cell's rounds.
    pub fn median(&self, row: &str, column: &str) -> Option<f64> {
        let mut rounds = self.cells.get(&(row.to_owned(), column.to_owned()))?.clone();
        rounds.sort_by(f64::total_cmp);
        Some(rounds[rounds.len() / 2])
    }

    /// As Markdown; `show` turns a row's name and a figure into text.
    pub fn markdown(&self, title: &str, show: impl Fn(&str, f64) -> String) -> String {
        let mut out = format!("| {title} | {} |\n", self.columns.join(" | "));
        let _ = writeln!(out, "|---|{}", "---:|".repeat(self.columns.len()));
        for row in &self.rows {
            let cells = self.columns.iter().map(|column| {
                self.median(row, column).map_or_else(|| "-".to_owned(), |figure| show(row, figure))
            });
            let _ = writeln!(out, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        out
    }

    /// The same table with every figure divided by that of `base` in its row.
    pub fn against(&self, base: &str) -> Self {
        let mut out = Self::new();
        for row in &self.rows {
            let Some(one) = self.median(row, base).filter(|one| *one > 0.0) else { continue };
            for column in &self.columns {
                if let Some(figure) = self.median(row, column) {
                    out.add(row, column, figure / one);
                }
            }
        }
        out
    }
}

/// A ratio with as many digits as it is worth.
pub fn ratio(figure: f64) -> String {
    match figure {
        f if f >= 100.0 => format!("{f:.0}"),
        f if f >= 10.0 => format!("{f:.1}"),
        f if f >= 0.1 => format!("{f:.2}"),
        f => format!("{f:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_medians() {
        let mut table = Table::default();
        for (direct, proxy) in [(100.0, 50.0), (90.0, 30.0), (800.0, 20.0)] {
            table.add("h1", "direct", direct);
            table.add("h1", "proxy", proxy);
        }
        table.add("h2", "direct", 7.0);
        let text = table.against("direct").markdown("speed", |_, figure| ratio(figure));
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], "| speed | direct | proxy |");
        assert_eq!(rows[2], "| h1 | 1.00 | 0.30 |");
        assert_eq!(rows[3], "| h2 | 1.00 | - |");
        assert_eq!([0.01234, 12.34, 1234.0].map(ratio), ["0.0123", "12.3", "1234"]);
    }
}
