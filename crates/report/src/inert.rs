//! Strangers' text made harmless to show.

/// Makes a stranger's text inert: control characters (terminal escapes among them), characters
/// that turn the reading direction and invisible ones are written as `\u{…}`, and more than `most`
/// characters are cut with an ellipsis.
pub fn inert(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 4));
    for (i, c) in text.chars().enumerate() {
        if i == most {
            out.push('…');
            break;
        }
        if is_active(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Characters that do something other than being seen (Unicode UAX #9, general category Cf).
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn nothing_active_survives() {
        let table = [
            ("plain ünïcode 日本", "plain ünïcode 日本"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("two\nlines", "two\\u{a}lines"),
        ];
        for (text, shown) in table {
            assert_eq!(inert(text, 100), shown);
        }
        assert_eq!(inert("abcdef", 3), "abc…");
    }
}
