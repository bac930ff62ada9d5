//! Detection on small nouns.
