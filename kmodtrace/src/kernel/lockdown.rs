//! The lockdown mode, `/sys/kernel/security/lockdown`.

/// The active mode of a line like `none [integrity] confidentiality`.
#[must_use]
pub fn active(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('[')?;
    let (mode, _) = rest.split_once(']')?;
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::active;

    #[test]
    fn the_mode_in_brackets_is_the_active_one() {
        assert_eq!(active("[none] integrity confidentiality"), Some("none"));
        assert_eq!(
            active("none [integrity] confidentiality\n"),
            Some("integrity")
        );
        assert_eq!(active("none integrity"), None);
        assert_eq!(active("]["), None);
    }
}
