//! Holds claims against what was found, and says what that rests on.
