//! What the benchmarks share: traffic of analytics SDKs made anew from a number, with what it says
//! in the clear beside it, and measurements of whole commands.

pub mod har;
pub mod measure;
pub mod random;
pub mod seeds;
pub mod table;
pub mod traffic;
