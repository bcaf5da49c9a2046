//! Named moments of a settlement at which a test ends the process.
//!
//! With `TENOR_STOP_AT=name` in its environment a development build says so on standard error when it
//! first comes there, and goes no further: whoever watches kills it. A release build has none of this.

/// The names, in the order of a settlement.
#[cfg(debug_assertions)]
pub(super) const NAMES: [&str; 16] = [
    "offered",
    "made",
    "before_journal",
    "after_journal",
    "after_bundled",
    "before_send",
    "after_send",
    "heard",
    "after_submitted",
    "seen_in_a_block",
    "after_included",
    "before_final",
    "after_final",
    "before_rollback",
    "after_rollback",
    "before_missed",
];

/// Stops here for ever, if that is asked for.
#[cfg(debug_assertions)]
pub(super) fn at(name: &'static str) {
    use std::sync::OnceLock;
    static WHERE: OnceLock<Option<String>> = OnceLock::new();
    debug_assert!(NAMES.contains(&name), "{name}");
    let wanted = WHERE.get_or_init(|| std::env::var("TENOR_STOP_AT").ok());
    if wanted.as_deref() == Some(name) {
        use std::io::Write as _;
        // Nobody has to read it.
        let _ = writeln!(std::io::stderr(), "stopped at {name}");
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(debug_assertions))]
pub(super) const fn at(_name: &'static str) {}
