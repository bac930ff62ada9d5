#![allow(clippy::all, clippy::disallowed_methods)]
mod common;
use candor_case::Header;
#[test]
fn fuzz() {
    let mut state = 0x1234567u64;
    let mut rnd = move || { state ^= state << 13; state ^= state >> 7; state ^= state << 17; state };
    let mut ends = std::collections::BTreeMap::new();
    for (file, coding) in [("/tmp/f.zst","zstd"),("/tmp/g.zst","zstd"),("/tmp/f.br","br"),("/tmp/g.br","br")] {
        let base = std::fs::read(file).unwrap();
        for round in 0..3000 {
            let mut b = base.clone();
            let n = if round == 0 {0} else {1 + rnd() % 4};
            for _ in 0..n { let i = if rnd()%2==0 { (rnd() as usize) % 64.min(b.len()) } else {(rnd() as usize) % b.len()}; b[i] = rnd() as u8; }
            if rnd()%5==0 && round>0 { let l=(rnd() as usize)%b.len(); b.truncate(l); }
            let e = common::exchange("POST","https://h.test/", vec![Header::new("content-encoding", coding)], b);
            let budget = candor_peel::Budget { bytes: 8<<20, ..Default::default() };
            let t = candor_peel::peel(&e, &Default::default(), &budget);
            common::check(&t, &budget);
            let root = t.layers.iter().find(|l| l.opening.codec=="request.body");
            let k = root.map(|l| format!("{coding} {:?}", l.end)).unwrap_or_default();
            *ends.entry(k).or_insert(0) += 1;
        }
    }
    for (k,v) in ends { eprintln!("{v} {k}"); }
}
