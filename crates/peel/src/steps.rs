//! Steps: the words of a path that strangers' keys become.

use std::borrow::Cow;

use candor_case::{Step, key_step};

/// Keys longer than this many bytes are cut in a step; the container layer keeps them whole.
const LONGEST_KEY: usize = 128;

/// Prints a stranger's key at the end of `path`.
pub(crate) fn push_key(path: &mut String, key: &[u8]) {
    if (1..=LONGEST_KEY).contains(&key.len())
        && key.iter().all(|b| PLAIN[usize::from(*b)])
        && let Ok(plain) = std::str::from_utf8(key)
    {
        return path.push_str(plain);
    }
    let text = String::from_utf8_lossy(key);
    if text.len() <= LONGEST_KEY {
        return path.push_str(&key_step(&text));
    }
    let cut = (0..=LONGEST_KEY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    path.push_str(&key_step(&format!("{}\u{2026}", &text[..cut])));
}

/// The characters of keys that [`key_step`] prints as they are.
static PLAIN: [bool; 256] = plain();

const fn plain() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b'@');
        byte += 1;
    }
    table
}

/// Prints an index as `[3]` at the end of `path`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    path.push('[');
    push_number(path, index as u64);
    path.push(']');
}

/// Prints a number at the end of `path`.
pub(crate) fn push_number(path: &mut String, mut number: u64) {
    if number < 10 {
        return path.push(char::from(b'0' + number as u8));
    }
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    path.push_str(std::str::from_utf8(&digits[at..]).unwrap_or("0"));
}

/// Writes the steps `prefix:key` for a list of keys in order, each with an index where it is not
/// single.
pub(crate) fn keyed(text: &mut String, prefix: &str, keys: &[Cow<[u8]>]) -> Vec<Step> {
    let print = |key: &Cow<[u8]>| {
        let start = text.len();
        text.push_str(prefix);
        text.push(':');
        push_key(text, key);
        Step::between(start, text.len())
    };
    let mut steps: Vec<Step> = keys.iter().map(print).collect();
    number(text, &mut steps);
    steps
}

/// Writes anew, with its index among its equals, each of these steps that is not single.
pub(crate) fn number(text: &mut String, steps: &mut [Step]) {
    if are_single(text, steps) {
        return;
    }
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by(|a, b| steps[*a].of(text).cmp(steps[*b].of(text)).then(a.cmp(b)));
    let mut from = 0;
    while from < order.len() {
        let same = |at: &&usize| steps[**at].of(text) == steps[order[from]].of(text);
        let count = order[from..].iter().take_while(same).count();
        if count > 1 {
            for (index, at) in order[from..from + count].iter().enumerate() {
                let start = text.len();
                let plain = steps[*at].of(text).to_owned();
                text.push_str(&plain);
                push_index(text, index);
                steps[*at] = Step::between(start, text.len());
            }
        }
        from += count;
    }
}

/// Whether few steps are all different, which is the rule.
fn are_single(text: &str, steps: &[Step]) -> bool {
    const FEW: usize = 16;
    let differ = |(at, step): (usize, &Step)| {
        steps[at + 1..].iter().all(|other| other.of(text) != step.of(text))
    };
    steps.len() <= FEW && steps.iter().enumerate().all(differ)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_get_an_index_only_among_equals() {
        let keys: Vec<Cow<[u8]>> =
            ["a", "b.c", "a", "", "a"].map(|k| Cow::Borrowed(k.as_bytes())).to_vec();
        let mut text = String::new();
        let steps: Vec<Step> = keyed(&mut text, "form", &keys);
        let steps: Vec<&str> = steps.iter().map(|step| step.of(&text)).collect();
        assert_eq!(steps, ["form:a[0]", "form:\"b.c\"", "form:a[1]", "form:\"\"", "form:a[2]"]);
    }

    #[test]
    fn long_keys_are_cut_between_characters() {
        let mut path = String::new();
        push_key(&mut path, "\u{e4}".repeat(100).as_bytes());
        assert_eq!(path, format!("\"{}\u{2026}\"", "\u{e4}".repeat(64)));
    }

    #[test]
    fn numbers_are_printed() {
        for number in [0, 7, 10, 4096, u64::MAX] {
            let mut path = String::new();
            push_number(&mut path, number);
            assert_eq!(path, number.to_string());
        }
    }
}
