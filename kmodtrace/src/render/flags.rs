//! Names of `finit_module` flags.

/// `include/uapi/linux/module.h`, without `MODULE_INIT_`.
const FLAGS: [(u32, &str); 3] = [
    (1, "IGNORE_MODVERSIONS"),
    (2, "IGNORE_VERMAGIC"),
    (4, "COMPRESSED_FILE"),
];

/// The names of the flags that are set; bits without a name come last, as one hexadecimal number.
#[must_use]
pub fn flag_names(flags: u32) -> Vec<String> {
    let known = FLAGS.iter().filter(|(bit, _)| flags & bit != 0);
    let mut names: Vec<_> = known.map(|(_, name)| (*name).to_owned()).collect();
    let rest = FLAGS.iter().fold(flags, |rest, (bit, _)| rest & !bit);
    if rest != 0 {
        names.push(format!("0x{rest:x}"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_bits() {
        assert!(flag_names(0).is_empty());
        assert_eq!(flag_names(5), ["IGNORE_MODVERSIONS", "COMPRESSED_FILE"]);
        assert_eq!(flag_names(0x8000_0002), ["IGNORE_VERMAGIC", "0x80000000"]);
    }
}
