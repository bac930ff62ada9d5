//! All ways, by what is tested.

mod carried;
mod deep;
mod formats;
mod hashed;
mod keyed;
mod sealed;
mod study;
mod written;

use super::recipe::Recipe;

/// All ways; `seed` draws the keys that more than one request shares.
pub(super) fn all(seed: u64) -> Vec<Recipe> {
    let mut all = study::ways();
    all.extend(carried::ways());
    all.extend(written::ways());
    all.extend(formats::ways());
    all.extend(hashed::ways());
    all.extend(keyed::ways(seed));
    all.extend(sealed::ways(seed));
    all.extend(deep::ways());
    all
}
