//! Lines of text for a terminal: coloured where somebody looks, broken at spaces.

/// Whether and how to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Colour,
}

/// Columns of a line.
const WIDTH: usize = 96;

/// Text that grows line by line.
pub(crate) struct Text {
    pub(crate) out: String,
    pub(crate) paint: Paint,
}

impl Text {
    pub(crate) fn paint(&self, text: &str, code: &str) -> String {
        match self.paint {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(crate) fn title(&mut self, text: &str) {
        let title = self.paint(text, "1");
        self.line("");
        self.line(&title);
        let rule = self.paint(&"─".repeat(WIDTH.min(text.chars().count())), "2");
        self.line(&rule);
    }

    /// Breaks at spaces, indented.
    pub(crate) fn wrapped(&mut self, text: &str, indent: usize) {
        let mut line = String::new();
        for word in text.split(' ') {
            let fits = line.chars().count() + word.chars().count() + 1 + indent <= WIDTH;
            if !line.is_empty() && !fits {
                self.line(&format!("{}{line}", " ".repeat(indent)));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&format!("{}{line}", " ".repeat(indent)));
    }
}
