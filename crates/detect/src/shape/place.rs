//! Coordinates, with how precise they are.

use candor_case::Property;

use super::Shape;

/// Bits of a coordinate in a field of that name.
const BITS: f64 = 8.0;

/// Names of fields that hold one coordinate, and those that hold both.
const LATITUDE: [&str; 4] = ["lat", "latitude", "geo_lat", "location_lat"];
const LONGITUDE: [&str; 6] = ["lon", "lng", "long", "longitude", "geo_lon", "location_lng"];
const BOTH: [&str; 8] =
    ["geo", "loc", "location", "ll", "latlng", "latlon", "coords", "coordinates"];

/// Places that emulators and manuals give: the makers' offices.
const MANUALS: [&str; 6] =
    ["37.421998", "37.4219983", "37.422", "37.33182", "37.785834", "51.50998"];

/// Decimals from which two numbers are taken for a place whatever the field is called.
const PLAIN: usize = 4;

/// A coordinate or a pair of them that is all there is.
pub(super) fn place(text: &str, name: &str) -> Option<Shape> {
    let (front, back) = match text.split_once([',', ';', ' ']) {
        Some((front, back)) => (front, Some(back.trim())),
        None => (text, None),
    };
    let decimals = match back {
        Some(back) => {
            let (a, b) = (coordinate(front, 90.0)?, coordinate(back, 180.0)?);
            let least = a.min(b);
            (BOTH.contains(&name) || least >= PLAIN).then_some(a.max(b))?
        }
        None if LATITUDE.contains(&name) => coordinate(front, 90.0)?,
        None if LONGITUDE.contains(&name) => coordinate(front, 180.0)?,
        None => return None,
    };
    if MANUALS.contains(&front) {
        return None;
    }
    let shape = Shape::new(Property::PersonLocation, 0..text.len(), BITS);
    Some(Shape { note: Some(precision(decimals).to_owned()), ..shape })
}

/// Number of decimals of a coordinate that is not zero.
fn coordinate(text: &str, most: f64) -> Option<usize> {
    let value: f64 = text.parse().ok()?;
    let (_, decimals) = text.split_once('.')?;
    let plain = !decimals.is_empty() && decimals.bytes().all(|b| b.is_ascii_digit());
    (plain && value != 0.0 && value.abs() <= most).then_some(decimals.len())
}

/// How far apart two neighbouring values of so many decimals are, on the ground.
fn precision(decimals: usize) -> &'static str {
    match decimals {
        0 | 1 => "to about 11 km",
        2 => "to about 1 km",
        3 => "to about 110 m",
        4 => "to about 11 m",
        5 => "to about 1 m",
        _ => "to less than 1 m",
    }
}
