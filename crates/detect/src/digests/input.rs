//! What senders hash: a value in its normal forms, written in another way, cut, salted with a salt
//! that is known, or hashed already.

use candor_case::{Property, Seed};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use crate::entropy::Bits;
use crate::forms::{LIMITS, form_encoded, percent_encoded};
use crate::hash::{COMMON, FUNCTIONS};
use crate::normal::{Kind, Normal, bare};

/// Something that may have been hashed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    pub(crate) bytes: Vec<u8>,
    /// How it was made of the value.
    pub(crate) steps: Vec<&'static str>,
    pub(crate) depth: Depth,
    /// Bits, where it is only a part of the value.
    pub(crate) part: Option<f64>,
    /// Length that it was cut to afterwards, in bytes.
    cut: Option<usize>,
}

impl Input {
    /// How it was made of the value, as derivations show it.
    pub(crate) fn told(&self) -> Vec<String> {
        let cut = self.cut.map(|length| format!("truncated to {length} bytes"));
        self.steps.iter().map(|step| (*step).to_owned()).chain(cut).collect()
    }
}

/// How far from the value an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The value as most senders have it.
    Usual,
    /// The value as few senders have it, or a part of it.
    Plain,
    /// An encoding or a hash of the value.
    Deep,
    /// The bytes that a hexadecimal value stands for; they are looked for as they are.
    Bare,
}

/// Least bits of a part that is looked for hashed.
const PART: f64 = 16.0;

/// Shortest and longest beginning of typed text that is looked for hashed, in bytes.
const TYPED: usize = 6;
const LONGEST_TYPED: usize = 128;

/// Salts that are the same for everybody, each with where it is known from.
const SALTS: [(&str, &str, &str); 1] = [
    // Learnt by the authors of "Leaky Forms" (Senol, Acar, Humbert, Borgesius, 2022) from a script
    // that hashes so; in their `LeakDetector.py`.
    ("QX4QkKEU", "salt QX4QkKEU in front", "salt QX4QkKEU behind"),
];

/// Everything that may have been hashed of a seed, always in the same order.
pub(crate) fn inputs(seed: &Seed, normals: &[Normal]) -> Vec<Input> {
    let mut all: Vec<Input> = normals.iter().filter_map(of_normal).collect();
    let usual: Vec<&Normal> = normals.iter().filter(|n| n.kind == Kind::Usual).collect();
    for normal in &usual {
        all.extend(cut(seed, normal));
        all.extend(salted(normal));
    }
    for normal in &usual {
        all.extend(encoded(normal));
        all.extend(hashed(normal));
    }
    all.extend(bytes_of(seed));
    all
}

fn of_normal(normal: &Normal) -> Option<Input> {
    let depth = if normal.kind == Kind::Usual { Depth::Usual } else { Depth::Plain };
    let part = (normal.kind == Kind::Part).then_some(normal.bits);
    if part.is_some_and(|bits| bits < PART) {
        return None;
    }
    Some(Input {
        bytes: normal.text.clone().into(),
        steps: normal.steps.clone(),
        depth,
        part,
        cut: None,
    })
}

fn after(normal: &Normal, bytes: Vec<u8>, steps: &[&'static str], depth: Depth) -> Input {
    Input { bytes, steps: [&normal.steps, steps].concat(), depth, part: None, cut: None }
}

/// The value cut at a limit of senders, where it is longer; a text that was typed at any length, as
/// typing leaves it.
fn cut(seed: &Seed, normal: &Normal) -> Vec<Input> {
    let text = normal.text.as_str();
    let bits = Bits::of(text);
    let typed = matches!(seed.property, Property::BrowsingTyped | Property::BrowsingSearch);
    let limits = LIMITS.iter().copied().filter(|limit| *limit < text.len());
    let lengths: Vec<usize> =
        if typed { (TYPED..text.len().min(LONGEST_TYPED)).collect() } else { limits.collect() };
    let cut = |length: usize| {
        let front = text.get(..length)?;
        let part = bits.part(0..length);
        let input = after(normal, front.as_bytes().to_vec(), &[], Depth::Plain);
        (part >= PART).then_some(Input { part: Some(part), cut: Some(length), ..input })
    };
    lengths.into_iter().filter_map(cut).collect()
}

fn salted(normal: &Normal) -> Vec<Input> {
    let both = |(salt, front, behind): &(&str, &'static str, &'static str)| {
        let text = &normal.text;
        [
            after(normal, format!("{salt}{text}").into(), &[*front], Depth::Deep),
            after(normal, format!("{text}{salt}").into(), &[*behind], Depth::Deep),
        ]
    };
    SALTS.iter().flat_map(both).collect()
}

/// The value as it is written elsewhere.
fn encoded(normal: &Normal) -> Vec<Input> {
    let text = normal.text.as_str();
    let bytes = text.as_bytes();
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all: Vec<(Vec<u8>, &[&'static str])> = vec![
        (BASE64.encode(bytes).into(), &["base64"]),
        (BASE64_NOPAD.encode(bytes).into(), &["base64"]),
        (BASE64URL_NOPAD.encode(bytes).into(), &["base64url"]),
        (HEXLOWER.encode(bytes).into(), &["hex"]),
        (HEXUPPER.encode(bytes).into(), &["hex", "upper"]),
        (percent_encoded(text).into(), &["percent"]),
        (form_encoded(text).into(), &["form"]),
        (wide, &["utf-16"]),
        (format!("{text}\n").into(), &["line end behind"]),
        (format!("\"{text}\"").into(), &["in quotes"]),
    ];
    all.dedup_by(|a, b| a.0 == b.0);
    all.retain(|(other, _)| other != bytes);
    all.into_iter().map(|(bytes, steps)| after(normal, bytes, steps, Depth::Deep)).collect()
}

/// The value, hashed already.
fn hashed(normal: &Normal) -> Vec<Input> {
    let mut all = Vec::new();
    for function in &FUNCTIONS[..COMMON] {
        let digest = (function.run)(normal.text.as_bytes());
        let name = function.name;
        all.push(after(normal, HEXLOWER.encode(&digest).into(), &[name, "hex"], Depth::Deep));
        let upper = HEXUPPER.encode(&digest).into();
        all.push(after(normal, upper, &[name, "hex", "upper"], Depth::Deep));
        all.push(after(normal, digest.to_vec(), &[name], Depth::Deep));
    }
    all
}

/// The bytes that a hexadecimal value stands for, if they are eight or more.
fn bytes_of(seed: &Seed) -> Option<Input> {
    let value = seed.value.trim();
    let digits = bare(value)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    let part = Some(Bits::of(value).all());
    (bytes.len() >= 8).then(|| Input {
        bytes,
        steps: vec!["from hex"],
        depth: Depth::Bare,
        part,
        cut: None,
    })
}
