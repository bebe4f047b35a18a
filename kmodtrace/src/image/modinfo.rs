//! The `.modinfo` section: strings of the form `key=value`, each ended by NUL.

/// One entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'i> {
    /// `license`, `alias`, `parm`, …
    pub key: &'i [u8],
    /// What comes after the first `=`.
    pub value: &'i [u8],
}

/// The entries in the order of the section; strings without `=` are passed over, as the kernel's
/// `get_next_modinfo()` does.
pub fn parse(section: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    section.split(|&byte| byte == 0).filter_map(|string| {
        let at = string.iter().position(|&byte| byte == b'=')?;
        let (key, value) = string.split_at(at);
        Some(Entry {
            key,
            value: value.get(1..).unwrap_or_default(),
        })
    })
}

/// The first value of `key`.
#[must_use]
pub fn value<'i>(entries: &[Entry<'i>], key: &str) -> Option<&'i [u8]> {
    values(entries, key).next()
}

/// All values of `key`.
pub fn values<'i>(entries: &[Entry<'i>], key: &str) -> impl Iterator<Item = &'i [u8]> {
    let of_key = move |entry: &&Entry<'i>| entry.key == key.as_bytes();
    entries.iter().filter(of_key).map(|entry| entry.value)
}

/// A parameter: `MODULE_PARM_DESC()` and `module_param()` leave `parm=name:text` and
/// `parmtype=name:type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter<'i> {
    /// Its name.
    pub name: &'i [u8],
    /// `int`, `charp`, `array of uint`; `None` if it is not declared.
    pub kind: Option<&'i [u8]>,
    /// What it is for; `None` if nobody wrote it down.
    pub description: Option<&'i [u8]>,
}

/// The parameters in the order in which they are first named.
#[must_use]
pub fn parameters<'i>(entries: &[Entry<'i>]) -> Vec<Parameter<'i>> {
    let mut parameters: Vec<Parameter<'i>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for entry in entries {
        let is_type = match entry.key {
            b"parmtype" => true,
            b"parm" => false,
            _ => continue,
        };
        let at = entry.value.iter().position(|&byte| byte == b':');
        let (name, text) = entry.value.split_at(at.unwrap_or(entry.value.len()));
        let text = text.get(1..);
        let place = *places.entry(name).or_insert_with(|| {
            parameters.push(Parameter {
                name,
                kind: None,
                description: None,
            });
            parameters.len() - 1
        });
        if let Some(parameter) = parameters.get_mut(place) {
            let field = if is_type {
                &mut parameter.kind
            } else {
                &mut parameter.description
            };
            *field = field.or(text);
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_strings_with_an_equals_sign() {
        let section = b"license=GPL\0\0\0nonsense\0alias=a=b\0=x\0cut=of";
        let entries: Vec<_> = parse(section).collect();
        let shown: Vec<_> = entries.iter().map(|e| (e.key, e.value)).collect();
        let expected: [(&[u8], &[u8]); 4] = [
            (b"license", b"GPL"),
            (b"alias", b"a=b"),
            (b"", b"x"),
            (b"cut", b"of"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(value(&entries, "license"), Some(b"GPL".as_slice()));
        assert_eq!(value(&entries, "version"), None);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn parameters_are_put_together() {
        let section =
            b"parmtype=speed:int\0parm=speed:Speed: in MHz\0parm=old\0parmtype=name:charp\0";
        let entries: Vec<_> = parse(section).collect();
        let found = parameters(&entries);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].kind, Some(b"int".as_slice()));
        assert_eq!(found[0].description, Some(b"Speed: in MHz".as_slice()));
        assert_eq!((found[1].name, found[1].kind), (b"old".as_slice(), None));
        assert_eq!(found[2].description, None);
    }
}
