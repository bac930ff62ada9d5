//! 100,000 requests stay small, and are read block by block.

mod common;

/// Bytes of the largest page.
const MOST: usize = 40_000_000;
const REQUESTS: usize = 100_000;

/// What stands in the page before its data.
fn blocks(html: &str) -> Vec<(&str, &str)> {
    let all = html.split("<script type=\"application/json\" id=\"").skip(1);
    all.map(|block| {
        let (id, rest) = block.split_once('"').expect("an id");
        let (_, rest) = rest.split_once('>').expect("a tag ends");
        (id, rest.split_once("</script>").expect("a block ends").0)
    })
    .collect()
}

#[test]
fn a_hundred_thousand_requests_stay_below_forty_megabytes() {
    let html = candor_report::html(&common::large(REQUESTS));
    assert!(html.len() < MOST, "{} bytes", html.len());
    let blocks = blocks(&html);
    let of = |name: &str| blocks.iter().filter(|(id, _)| id.starts_with(name)).count();
    assert!(of("requests-") >= 50, "rows come in many blocks");
    assert!(of("findings-") >= 50, "rows come in many blocks");
    assert!(of("details-") >= 500, "what findings open to comes in many blocks");
    let largest = blocks.iter().map(|(_, text)| text.len()).max().expect("some");
    assert!(largest < 400_000, "no block makes the reader wait: {largest}");
    let data: usize = blocks.iter().map(|(_, text)| text.len()).sum();
    let drawn = html.len() - data;
    assert!(drawn < 2_000_000, "what is drawn at once does not grow with the case: {drawn}");
    assert!(!html.contains("The page holds the first"), "nothing was left out");
}

#[test]
fn more_than_fits_is_left_out_and_said() {
    // Values that no packing makes small.
    let mut view = common::large(36_000);
    let mut state = 88_172_645_463_325_252_u64;
    let mut noise = |length: usize| -> String {
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'!' + (state >> 33) as u8 % 90)
        };
        (0..length).map(|_| draw()).collect()
    };
    for finding in &mut view.findings {
        finding.value = noise(160);
        finding.place.path = noise(700);
    }
    let html = candor_report::html(&view);
    assert!(html.len() < MOST, "{} bytes", html.len());
    assert!(html.contains("\"findings\":36"), "the rows are all there");
}
