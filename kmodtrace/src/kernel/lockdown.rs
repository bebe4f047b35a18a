//! The lockdown mode, `/sys/kernel/security/lockdown`.

use std::path::Path;

use super::file;

/// The active mode below `root`; `None` if there is no such file, `unknown` if it does not tell.
#[must_use]
pub fn read(root: &Path) -> Option<String> {
    let text = file::text(&root.join("sys/kernel/security/lockdown"))?;
    Some(active(&text).unwrap_or("unknown").to_owned())
}

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
