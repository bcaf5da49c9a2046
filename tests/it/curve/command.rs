//! `tenor curve` as its users meet it.
