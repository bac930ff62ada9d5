//! Peeling alone, per byte, over what telemetry is made of: batches of events, tokens and words,
//! each kind by itself, so that a slower guess shows where it is made.

use std::fmt::Write;
use std::hint::black_box;

use bytes::Bytes;
use candor_case::Keys;
use candor_peel::{Budget, peel_bytes};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use data_encoding::BASE64;

/// Values in each list.
const VALUES: usize = 5_000;

/// The same numbers every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn hex(&mut self) -> String {
        format!("{:016x}{:016x}", self.roll(), self.roll())
    }

    fn token(&mut self) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..32).map(|_| char::from(DIGITS[(self.roll() % 62) as usize])).collect()
    }
}

/// A JSON list of so many values.
fn list(mut value: impl FnMut(usize, &mut Dice) -> String) -> Vec<u8> {
    let mut dice = Dice(2020);
    let mut text = String::from("[");
    for at in 0..VALUES {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{}", value(at, &mut dice));
    }
    text.push(']');
    text.into_bytes()
}

fn event(at: usize, dice: &mut Dice) -> String {
    format!(
        "{{\"event\":\"$pageview\",\"time\":{},\"distinct_id\":\"{}\",\"properties\":{{\
         \"$url\":\"https://www.example.org/articles/{at}?id={:x}\",\"$os\":\"Android\",\
         \"title\":\"Opening hours of the library\",\"first\":false,\"session\":\"{}\"}}}}",
        1_588_000_000_000u64 + at as u64,
        dice.hex(),
        dice.roll(),
        dice.token(),
    )
}

fn word(at: usize, _: &mut Dice) -> String {
    const WORDS: [&str; 6] = [
        "library",
        "opening hours",
        "article-detail",
        "com.example.app.MainActivity",
        "backgroundColor",
        "2026-11-22T12:00:00Z",
    ];
    format!("\"{}\"", WORDS[at % WORDS.len()])
}

fn peeling(criterion: &mut Criterion) {
    let quoted = |text: String| format!("\"{text}\"");
    let kinds = [
        ("events", list(event)),
        ("words", list(word)),
        ("hex", list(|_, dice| quoted(dice.hex()))),
        ("tokens", list(|_, dice| quoted(dice.token()))),
        (
            "base64",
            list(|_, dice| quoted(BASE64.encode(format!("user {}", dice.hex()).as_bytes()))),
        ),
    ];
    let mut group = criterion.benchmark_group("peel");
    group.sample_size(20);
    for (name, input) in kinds {
        let input = Bytes::from(input);
        group.throughput(Throughput::Bytes(input.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                black_box(peel_bytes(input.clone(), &Keys::default(), &Budget::default()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, peeling);
criterion_main!(benches);
