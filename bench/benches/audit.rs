//! Peeling and detection over SDK traffic, per byte in the clear, with few and with many seeds.

use std::hint::black_box;

use candor_bench::seeds::seeds;
use candor_bench::traffic::{RUN, Traffic};
use candor_case::{Exchange, Keys, Run, RunId, Subject, Tree};
use candor_detect::{Detected, Effort, Knowledge, Services, detect_with};
use candor_peel::{Budget, peel};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Bytes in the clear that each round goes through.
const CLEAR: usize = 4_000_000;
/// How many seeds are looked for.
const SEEDS: [usize; 3] = [10, 1_000, 10_000];

/// A recording of that size, and its exact size.
fn recording() -> (Vec<Exchange>, u64) {
    let mut bytes = 0;
    let enough = |made: &candor_bench::traffic::Made| {
        let more = bytes < CLEAR;
        bytes += made.clear.len();
        more
    };
    let planted = seeds(10).seeds;
    let made: Vec<_> = Traffic::new(&planted).take_while(enough).collect();
    let clear = made.iter().map(|made| made.clear.len() as u64).sum();
    (made.into_iter().map(|made| made.exchange).collect(), clear)
}

fn knowledge(count: usize) -> Knowledge {
    let built = Knowledge::new(Services::built_in(), &Subject::default(), &seeds(count).seeds);
    built.expect("our own seeds are long enough")
}

fn opened(exchange: &Exchange, keys: &Keys) -> Tree {
    peel(exchange, keys, &Budget::default())
}

/// As an audit searches every exchange; the search with keys works on a sample of a case, within a
/// budget of its own.
fn keyless(exchange: &Exchange, tree: &Tree, run: &Run, knowledge: &Knowledge) -> Detected {
    detect_with(exchange, tree, run, knowledge, &Effort { earlier: &[], hashes: 0 })
}

fn audit(criterion: &mut Criterion) {
    let (exchanges, clear) = recording();
    let run = Run { id: RunId(RUN.into()), ..Run::default() };
    let keys = knowledge(10).keys();
    let trees: Vec<Tree> = exchanges.iter().map(|exchange| opened(exchange, &keys)).collect();
    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Bytes(clear)).sample_size(10);
    group.bench_function("peel", |bencher| {
        bencher.iter(|| exchanges.iter().map(|e| opened(e, &keys).layers.len()).sum::<usize>());
    });
    for count in SEEDS {
        let knowledge = knowledge(count);
        group.bench_function(BenchmarkId::new("detect", count), |bencher| {
            bencher.iter(|| {
                for (exchange, tree) in exchanges.iter().zip(&trees) {
                    black_box(keyless(exchange, tree, &run, &knowledge));
                }
            });
        });
        group.bench_function(BenchmarkId::new("peel and detect", count), |bencher| {
            bencher.iter(|| {
                for exchange in &exchanges {
                    let tree = opened(exchange, &keys);
                    black_box(keyless(exchange, &tree, &run, &knowledge));
                }
            });
        });
    }
    group.finish();
}

fn prepare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prepare");
    group.sample_size(10);
    for count in SEEDS {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("knowledge", count), |bencher| {
            bencher.iter(|| knowledge(count));
        });
    }
    group.finish();
}

criterion_group!(benches, audit, prepare);
criterion_main!(benches);
