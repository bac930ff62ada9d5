//! Strangers' text made harmless to show.

/// Makes a stranger's text inert: control characters (terminal escapes among them), characters
/// that turn the reading direction and invisible ones are written as `\u{…}`, and more than `most`
/// characters are cut with an ellipsis.
pub fn inert(text: &str, most: usize) -> String {
    cleaned(text, most, |_| false)
}

/// The same for a block of text, whose line ends and tabs stay.
pub(crate) fn inert_block(text: &str, most: usize) -> String {
    cleaned(text, most, |c| matches!(c, '\n' | '\t'))
}

/// A stranger's word for a POSIX shell: as it is where it is plain, else in single quotes.
pub(crate) fn shell_word(text: &str, most: usize) -> String {
    let text = inert(text, most);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@%+,".contains(&b);
    // A leading dash would be read as an option.
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain) {
        return text;
    }
    let dash = if text.starts_with('-') { "./" } else { "" };
    format!("'{dash}{}'", text.replace('\'', r"'\''"))
}

fn cleaned(text: &str, most: usize, keeps: impl Fn(char) -> bool) -> String {
    // Most text is short and plain: one look at its bytes is enough.
    if text.len() <= most && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(most.saturating_mul(4)));
    for (i, c) in text.chars().enumerate() {
        if i == most {
            out.push('…');
            break;
        }
        if is_active(c) && !keeps(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Characters that do something other than being seen: controls, and those of the general category
/// Cf or with the property Default_Ignorable_Code_Point (Unicode UAX #9, UAX #44).
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{0600}'..='\u{0605}' | '\u{061c}' | '\u{06dd}' | '\u{070f}'
            | '\u{08e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_survives() {
        let table = [
            ("plain ünïcode 日本", "plain ünïcode 日本"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("two\nlines", "two\\u{a}lines"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ];
        for (text, shown) in table {
            assert_eq!(inert(text, 100), shown);
        }
        assert_eq!(inert("abcdef", 3), "abc…");
        assert_eq!(inert_block("a\n\tb\r\u{1b}", 100), "a\n\tb\\u{d}\\u{1b}");
    }

    #[test]
    fn a_shell_reads_one_word() {
        let table = [
            ("cases/mine", "cases/mine"),
            ("my case", "'my case'"),
            ("it's; rm -rf ~", r"'it'\''s; rm -rf ~'"),
            ("--help", "'./--help'"),
            ("", "''"),
            ("$(id)", "'$(id)'"),
        ];
        for (text, word) in table {
            assert_eq!(shell_word(text, 100), word);
        }
    }
}
