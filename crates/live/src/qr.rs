//! An address as a QR code: in half blocks for a terminal, as a path for a page.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code (ISO/IEC 18004, section 6.3.8).
const QUIET: usize = 4;

/// A QR code.
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The code of an address; `None` when it is too long for one.
    pub fn of(address: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
        let width = code.width();
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark })
    }

    /// For a terminal: two modules in one character, black on white whatever the terminal's own
    /// colours are. `coloured` says whether escape sequences may be used; without them the code is
    /// drawn light on dark, as most terminals are dark.
    pub fn text(&self, coloured: bool) -> String {
        let side = self.width + 2 * QUIET;
        let mut out = String::new();
        for y in (0..side).step_by(2) {
            if coloured {
                out.push_str("\u{1b}[30;107m");
            }
            for x in 0..side {
                let (upper, lower) = (self.at(x, y) == coloured, self.at(x, y + 1) == coloured);
                out.push(match (upper, lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            out.push_str(if coloured { "\u{1b}[0m\n" } else { "\n" });
        }
        out
    }

    /// Side of [`Qr::path`] in units, the quiet zone included.
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// The dark modules as an SVG path, one unit each.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side() {
            for x in (0..self.side()).filter(|x| self.at(*x, y)) {
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        path
    }

    /// Whether a module is dark, counted from the corner of the quiet zone.
    fn at(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_quiet_zone() {
        let code = Qr::of("HTTP://192.0.2.1:8080/ABCDEFGHIJKLMNOP").expect("short enough");
        // Letters in upper case, digits and a few signs take the compact mode: version 3 at most.
        assert!(code.width <= 29, "{}", code.width);
        let finder = |x: usize, y: usize| {
            (0..7).all(|n| code.at(x + n, y) && code.at(x, y + n))
                && !code.at(x + 1, y + 1)
                && code.at(x + 3, y + 3)
        };
        let far = QUIET + code.width - 7;
        assert!(finder(QUIET, QUIET) && finder(far, QUIET) && finder(QUIET, far));
        assert!(!finder(far, far));
        assert!((0..code.side()).all(|n| !code.at(n, QUIET - 1) && !code.at(QUIET - 1, n)));
        assert!(Qr::of(&"a".repeat(5_000)).is_none());
    }

    #[test]
    fn the_terminal_shows_the_same_modules() {
        let code = Qr::of("HTTP://192.0.2.1:8080/A").expect("short enough");
        let lines: Vec<Vec<char>> =
            code.text(false).lines().map(|line| line.chars().collect()).collect();
        for y in 0..code.side() {
            for (x, drawn) in lines[y / 2].iter().enumerate() {
                let light = matches!((drawn, y % 2), ('█', _) | ('▀', 0) | ('▄', 1));
                assert_eq!(light, !code.at(x, y), "{x} {y}");
            }
        }
        assert_eq!(code.path().matches('M').count(), code.dark.iter().filter(|d| **d).count());
    }
}
