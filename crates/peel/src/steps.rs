//! Steps: the words of a path that strangers' keys become.

use std::borrow::Cow;

use candor_case::key_step;

/// Keys longer than this many bytes are cut in a step; the container layer keeps them whole.
const LONGEST_KEY: usize = 128;

/// Prints a stranger's key at the end of `path`.
pub(crate) fn push_key(path: &mut String, key: &[u8]) {
    let text = String::from_utf8_lossy(key);
    if text.len() <= LONGEST_KEY {
        return path.push_str(&key_step(&text));
    }
    let cut = (0..=LONGEST_KEY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    path.push_str(&key_step(&format!("{}\u{2026}", &text[..cut])));
}

/// Prints an index as `[3]` at the end of `path`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    path.push('[');
    push_number(path, index as u64);
    path.push(']');
}

/// Prints a number at the end of `path`.
pub(crate) fn push_number(path: &mut String, mut number: u64) {
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
    path.extend(digits[at..].iter().map(|d| char::from(*d)));
}

/// The steps `prefix:key` for a list of keys in order, each with an index where it is not single.
pub(crate) fn keyed(prefix: &str, keys: &[Cow<[u8]>]) -> Vec<Cow<'static, str>> {
    let print = |key: &Cow<[u8]>| {
        let mut step = String::with_capacity(prefix.len() + key.len() + 6);
        step.push_str(prefix);
        step.push(':');
        push_key(&mut step, key);
        step
    };
    number(keys.iter().map(print).collect())
}

/// The same steps, each with its index among its equals where it is not single.
pub(crate) fn number(mut steps: Vec<String>) -> Vec<Cow<'static, str>> {
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by(|a, b| steps[*a].cmp(&steps[*b]).then(a.cmp(b)));
    let groups: Vec<&[usize]> =
        order.chunk_by(|a, b| steps[*a] == steps[*b]).filter(|group| group.len() > 1).collect();
    for group in groups {
        for (index, at) in group.iter().enumerate() {
            push_index(&mut steps[*at], index);
        }
    }
    steps.into_iter().map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_get_an_index_only_among_equals() {
        let keys: Vec<Cow<[u8]>> =
            ["a", "b.c", "a", "", "a"].map(|k| Cow::Borrowed(k.as_bytes())).to_vec();
        let steps = keyed("form", &keys);
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
