mod common;
use candor_case::*;
use candor_detect::*;
use common::*;
use std::time::Instant;
#[test]
#[allow(clippy::disallowed_methods)]
fn speed() {
    for n in [10usize, 1000, 10000] {
        let seeds: Vec<Seed> = (0..n as u64)
            .map(|i| {
                let a = (i + 7).wrapping_mul(0x9e3779b97f4a7c15);
                let b = a.rotate_left(29).wrapping_mul(0xbf58476d1ce4e5b9);
                match i % 4 {
                    0 => seed(
                        &format!("s{i}"),
                        &format!("https://www.example.org/{a:x}/read?q={b:x}"),
                        Property::BrowsingUrl,
                        None,
                    ),
                    1 => seed(
                        &format!("s{i}"),
                        &format!("how to {a} {b}"),
                        Property::BrowsingSearch,
                        None,
                    ),
                    2 => seed(
                        &format!("s{i}"),
                        &format!("kim.{a:x}@example.org"),
                        Property::PersonEmail,
                        None,
                    ),
                    _ => seed(&format!("s{i}"), &format!("{b:016x}"), Property::DeviceId, None),
                }
            })
            .collect();
        let t = Instant::now();
        let k = Knowledge::new(Services::built_in(), &Subject::default(), &seeds).unwrap();
        println!("{n} seeds: build {:?}", t.elapsed());
        let mut body = String::from("[");
        for i in 0..60_000u64 {
            let a = (i + 99).wrapping_mul(0x9e3779b97f4a7c15);
            body.push_str(&format!("{{\"type\":\"track\",\"time\":{},\"distinct_id\":\"{a:016x}{a:016x}\",\"properties\":{{\"url\":\"https://www.example.org/{a:x}/page\",\"$os_version\":\"9\",\"$model\":\"Phone {i}\",\"text\":\"some words that a person may have typed into a field of a page {i}\"}}}},", 1588000000000u64 + i));
        }
        body.pop();
        body.push(']');
        let ex = exchange("POST", "https://sa.maker.test/sa", vec![], body.clone().into_bytes());
        let t = Instant::now();
        let tree = candor_peel::peel(&ex, &Keys::default(), &candor_peel::Budget::default());
        let tp = t.elapsed();
        let t = Instant::now();
        let d = detect(&ex, &tree, &Run::default(), &k);
        let td = t.elapsed();
        println!(
            "  {} MB json, {} layers: peel {tp:?} detect {td:?} searched {} obs {}",
            body.len() >> 20,
            tree.layers.len(),
            d.searched,
            d.observations.len()
        );
        // flat: no children
        let flat = Tree {
            layers: vec![Layer {
                bytes: body.clone().into_bytes().into(),
                parent: None,
                opening: Opening {
                    codec: "x",
                    step: "request.body".into(),
                    span: ByteSpan::new(0, body.len() as u64),
                    exact: true,
                },
                end: End::Plain,
            }],
        };
        let t = Instant::now();
        let d = detect(&ex, &flat, &Run::default(), &k);
        let td = t.elapsed();
        println!(
            "  flat: detect {td:?} = {:.0} MB/s, {}",
            body.len() as f64 / 1e6 / td.as_secs_f64(),
            d.sightings.len()
        );
        let rnd: Vec<u8> =
            (0..20_000_000u64).map(|i| (i.wrapping_mul(0x9e3779b97f4a7c15) >> 37) as u8).collect();
        let flat = Tree {
            layers: vec![Layer {
                bytes: rnd.into(),
                parent: None,
                opening: Opening {
                    codec: "x",
                    step: "request.body".into(),
                    span: ByteSpan::new(0, 20_000_000),
                    exact: true,
                },
                end: End::Encrypted,
            }],
        };
        let t = Instant::now();
        let _d = detect(&ex, &flat, &Run::default(), &k);
        println!("  random: {:.0} MB/s", 20.0 / t.elapsed().as_secs_f64());
    }
}
