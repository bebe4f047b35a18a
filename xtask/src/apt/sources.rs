//! Reads this machine's apt sources and rewrites them for another Debian suite.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// One source of packages: the fields that matter of a deb822 stanza or of a `deb` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    uris: String,
    suites: Vec<String>,
    components: String,
    signed_by: Option<String>,
}

/// Keyring for entries that name none.
const DEFAULT_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// All binary package sources of one deb822 file.
pub(crate) fn parse_deb822(text: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            found.extend(stanza(&fields));
            fields.clear();
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

/// The source that a deb822 stanza describes, if it is one of binary packages and enabled.
fn stanza(fields: &[(String, String)]) -> Option<Source> {
    let get = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let disabled = matches!(get("enabled"), Some("no" | "false" | "0"));
    if disabled || !get("types")?.split_whitespace().any(|t| t == "deb") {
        return None;
    }
    Some(Source {
        uris: get("uris")?.to_owned(),
        suites: get("suites")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        components: get("components").unwrap_or_default().to_owned(),
        signed_by: get("signed-by").map(str::to_owned),
    })
}

/// All binary package sources of a file in the one-line format.
pub(crate) fn parse_list(text: &str) -> Vec<Source> {
    text.lines().filter_map(list_line).collect()
}

/// The source that a line `deb [options] URI SUITE COMPONENT…` describes.
fn list_line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="))
        .map(|keys| keys.replace(',', " "));
    let mut words = rest.split_whitespace();
    Some(Source {
        uris: words.next()?.to_owned(),
        suites: vec![words.next()?.to_owned()],
        components: words.collect::<Vec<_>>().join(" "),
        signed_by,
    })
}

/// Reads every source below an apt configuration directory such as `/etc/apt`.
pub(crate) fn read_all(etc_apt: &Path) -> Result<Vec<Source>> {
    let mut files = vec![etc_apt.join("sources.list")];
    if let Ok(entries) = fs::read_dir(etc_apt.join("sources.list.d")) {
        for entry in entries {
            files.push(entry?.path());
        }
    }
    files.sort();
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let text =
            || fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
        match file.extension().and_then(|ext| ext.to_str()) {
            Some("list") => sources.extend(parse_list(&text()?)),
            Some("sources") => sources.extend(parse_deb822(&text()?)),
            _ => {}
        }
    }
    Ok(sources)
}

/// The sources of `host` (a Debian codename) rewritten for the suite `target`, as deb822 text.
///
/// A backports suite takes the main archive alone. Entries are split so that each stanza has one
/// suite: a missing `-updates` must not hide the archive proper.
pub(crate) fn rewrite(sources: &[Source], host: &str, target: &str) -> Result<String> {
    let mut stanzas: Vec<String> = Vec::new();
    let plain = !target.contains('-');
    for source in sources {
        for suite in &source.suites {
            let Some(rest) = suite.strip_prefix(host) else {
                continue;
            };
            let wanted = match rest {
                "" => true,
                "-security" | "-updates" => plain,
                _ => false,
            };
            if !wanted {
                continue;
            }
            let keyring = source.signed_by.as_deref().unwrap_or(DEFAULT_KEYRING);
            let stanza = format!(
                "Types: deb\nURIs: {}\nSuites: {target}{rest}\nComponents: main\nSigned-By: {keyring}\n",
                source.uris
            );
            if source.has_main() && !stanzas.contains(&stanza) {
                stanzas.push(stanza);
            }
        }
    }
    if stanzas.is_empty() {
        bail!(
            "no apt source of this machine names its own suite ({host}) with component main: \
             xtask takes the mirror for {target} from there; add one to /etc/apt/sources.list.d"
        );
    }
    Ok(stanzas.join("\n"))
}

impl Source {
    /// Host names of the entry's mirrors.
    pub(crate) fn hosts(&self) -> Vec<String> {
        self.uris
            .split_whitespace()
            .filter_map(|uri| uri.split("://").nth(1))
            .filter_map(|rest| rest.split(['/', ':']).next())
            .map(|host| host.rsplit('@').next().unwrap_or(host).to_owned())
            .filter(|host| !host.is_empty())
            .collect()
    }

    /// Whether the entry carries Debian's component `main`.
    fn has_main(&self) -> bool {
        self.components
            .split_whitespace()
            .any(|component| component == "main")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "\
Types: deb deb-src
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/a.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: http://off.example/
Suites: bookworm
Components: main
";

    #[test]
    fn deb822_stanzas() {
        let sources = parse_deb822(DEB822);
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].suites, ["bookworm", "bookworm-updates"]);
        assert_eq!(sources[0].signed_by.as_deref(), Some("/keys/a.gpg"));
        assert!(
            sources[1]
                .signed_by
                .as_deref()
                .unwrap()
                .contains("\n .\n abc")
        );
    }

    #[test]
    fn one_line_format() {
        let text = "# deb http://no.example bookworm main\n\
                    deb-src http://no.example bookworm main\n\
                    deb [arch=amd64 signed-by=/k.gpg] http://m.example/debian bookworm main # x\n\
                    deb http://m.example/debian bookworm-backports main non-free\n";
        let sources = parse_list(text);
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].signed_by.as_deref(), Some("/k.gpg"));
        assert_eq!(sources[0].components, "main");
        assert_eq!(sources[1].suites, ["bookworm-backports"]);
    }

    #[test]
    fn rewriting_for_a_release() {
        let text = rewrite(&parse_deb822(DEB822), "bookworm", "trixie").unwrap();
        let suites: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("Suites: "))
            .collect();
        assert_eq!(suites, ["trixie", "trixie-updates", "trixie-security"]);
        assert!(text.contains("BEGIN PGP"));
    }

    #[test]
    fn rewriting_for_backports_takes_the_archive_alone() {
        let text = rewrite(&parse_deb822(DEB822), "bookworm", "trixie-backports").unwrap();
        assert_eq!(text.matches("Suites: trixie-backports\n").count(), 1);
        assert_eq!(text.matches("Suites:").count(), 1);
    }

    #[test]
    fn hosts_of_a_source() {
        let line = "deb http://m.example:8080/debian bookworm main\n";
        assert_eq!(parse_list(line)[0].hosts(), ["m.example"]);
    }

    #[test]
    fn default_keyring_and_foreign_entries() {
        let sources = parse_list(
            "deb http://m.example/debian trixie main\ndeb http://other.example/ stable main\n",
        );
        let text = rewrite(&sources, "trixie", "bullseye").unwrap();
        assert!(text.contains(DEFAULT_KEYRING));
        assert!(!text.contains("other.example"));
        assert!(rewrite(&sources, "bookworm", "trixie").is_err());
    }
}
