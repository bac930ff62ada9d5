//! Where a value stands in a filter of bits: the one way in which all big filters here say at once
//! that nearly all they are asked is not among what is looked for.

/// Spreads the bits of a value over a word (the golden ratio, as in Fibonacci hashing).
pub(crate) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The word of a value in a filter of `2^(64 - shift)` words, and its two bits there.
#[inline]
pub(crate) fn place(value: u64, shift: u32) -> (usize, u64) {
    let spread = value.wrapping_mul(SPREAD);
    let low = spread ^ spread >> 32;
    ((spread >> shift) as usize, 1 << (low & 63) | 1 << (low >> 6 & 63))
}
