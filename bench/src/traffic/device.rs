//! One device and its browser: what stays the same in everything it sends.

use crate::random::Random;

/// The device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    /// The number of the installation.
    pub(super) install: String,
    /// The number of the device.
    pub(super) device: String,
    /// The name a pixel's cookie gives the browser.
    pub(super) client: String,
    /// Model name.
    pub(super) model: String,
    /// Pages that are visited again and again.
    pub(super) pages: Vec<String>,
}

impl Device {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            install: random.uuid(),
            device: random.hex(16),
            client: format!("{}.{}", random.below(1 << 31), random.below(1 << 31)),
            model: format!("SIM {}", random.word()),
            pages: (0..400).map(|_| page(random)).collect(),
        }
    }
}

/// An address as pages have them.
fn page(random: &mut Random) -> String {
    let (site, folder, slug) = (random.word(), random.word(), random.words(4, "-"));
    let id = random.below(10_000_000);
    match random.below(3) {
        0 => format!("https://www.{site}.example/{folder}/{slug}-{id}.html"),
        1 => format!("https://{site}.example/{folder}?id={id}&utm_source={}", random.word()),
        _ => format!("https://shop.{site}.example/{folder}/{slug}?ref={}", random.hex(10)),
    }
}
