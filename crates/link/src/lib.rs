//! Links values across runs: identifiers, what they outlived, what they join.
