//! Peels an exchange into a tree of layers, each opened by one codec.
