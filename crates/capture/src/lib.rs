//! Live traffic to exchanges: the recording proxy and its certificate authority.
