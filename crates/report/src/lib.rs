//! A case for people and for machines; renders, computes nothing.
