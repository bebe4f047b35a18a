//! Facts of machines made of a few files.

use std::{fs, path::Path};

use super::{KernelFacts, Source};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn machine() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, "proc/sys/kernel/osrelease", "6.12.0-test\n");
    write(root, "proc/sys/kernel/arch", "x86_64\n");
    write(
        root,
        "proc/kallsyms",
        "ffffffff81000100 t load_module\nffffffff81000200 t parse_args.isra.0\n\
         ffffffff81000300 T vfree\nffffffff81000400 t vfree\t[other]\n",
    );
    write(
        root,
        "sys/kernel/tracing/available_events",
        "initcall:initcall_finish\n",
    );
    write(
        root,
        "sys/kernel/tracing/available_filter_functions",
        "load_module\nvfree\nvfree [other]\nschedule\n",
    );
    write(
        root,
        "sys/kernel/debug/kprobes/blacklist",
        "0xffffffff81000200-0xffffffff81000210\tparse_args.isra.0\n0x1-0x2\tother\n",
    );
    write(
        root,
        "sys/kernel/security/lockdown",
        "none [integrity] confidentiality\n",
    );
    write(root, "boot/config-6.12.0-test", "CONFIG_KPROBES=y\n");
    dir
}

#[test]
fn a_machine_is_read_below_its_root() {
    let dir = machine();
    let facts = KernelFacts::read(dir.path(), None);
    assert_eq!(facts.release, "6.12.0-test");
    assert_eq!(facts.machine, "x86_64");
    let symbols: Vec<_> = facts.symbols.into_iter().collect();
    let expected = [("load_module", 1), ("parse_args.isra.0", 1), ("vfree", 1)];
    assert_eq!(
        symbols,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
    let ftrace: Vec<_> = facts.ftrace.unwrap().into_iter().collect();
    assert_eq!(ftrace, ["load_module", "vfree"]);
    let blacklist: Vec<_> = facts.blacklist.into_iter().collect();
    assert_eq!(blacklist, ["parse_args.isra.0"]);
    assert!(facts.tracepoints.contains("initcall_finish"));
    assert_eq!(facts.lockdown.as_deref(), Some("integrity"));
    assert_eq!(facts.config.unwrap().len(), 1);
    assert_eq!(facts.unread.into_keys().collect::<Vec<_>>(), [Source::Btf]);
}

#[test]
fn ftrace_sites_behind_the_beginning_are_known_where_the_kernel_tells() {
    let dir = machine();
    write(
        dir.path(),
        "sys/kernel/tracing/available_filter_functions_addrs",
        "ffffffff81000100 load_module\nffffffff81000304 vfree\n",
    );
    let facts = KernelFacts::read(dir.path(), None);
    let sites: Vec<_> = facts.ftrace_sites.into_iter().collect();
    assert_eq!(sites, [("vfree".to_owned(), 4)]);
    assert_eq!(facts.ftrace.unwrap().len(), 2);
}

#[test]
fn without_tracefs_the_symbols_tell_of_tracepoints() {
    let dir = machine();
    fs::remove_dir_all(dir.path().join("sys/kernel/tracing")).unwrap();
    write(
        dir.path(),
        "proc/kallsyms",
        "0 t load_module\n0 T __traceiter_initcall_finish\n",
    );
    let facts = KernelFacts::read(dir.path(), None);
    assert_eq!(facts.ftrace, None);
    assert!(facts.tracepoints.contains("initcall_finish"));
    assert!(facts.addresses_hidden);
    assert!(facts.unread[&Source::Ftrace].contains("not mounted"));
}

#[test]
fn an_empty_machine_is_all_unread() {
    let dir = tempfile::tempdir().unwrap();
    let facts = KernelFacts::read(dir.path(), None);
    assert_eq!(facts.unread.len(), 7);
    assert!(facts.unread[&Source::Btf].contains("no such file"));
    assert!(facts.symbols.is_empty());
}

#[test]
fn a_damaged_btf_is_no_btf() {
    let dir = machine();
    write(dir.path(), "given", "not BTF, but long enough for a header");
    let facts = KernelFacts::read(dir.path(), Some(&dir.path().join("given")));
    assert_eq!(facts.btf, None);
    assert!(facts.unread[&Source::Btf].contains("no BTF"));
}

#[test]
fn the_btf_of_another_kernel_is_refused_where_that_shows() {
    let dir = machine();
    let empty = [
        &0xeb9f_u16.to_ne_bytes()[..],
        &[1, 0, 24, 0, 0, 0],
        &[0; 16],
    ]
    .concat();
    let given = dir.path().join("given");
    fs::write(&given, &empty).unwrap();
    let own = dir.path().join("sys/kernel/btf/vmlinux");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    for (bytes, fits) in [(&empty[..], true), (b"another one", false)] {
        fs::write(&own, bytes).unwrap();
        let facts = KernelFacts::read(dir.path(), Some(&given));
        assert_eq!(facts.btf.is_some(), fits, "{:?}", facts.unread);
    }
    let facts = KernelFacts::read(dir.path(), Some(&given));
    assert!(facts.unread[&Source::Btf].contains("another kernel"));
    fs::remove_file(&own).unwrap();
    assert!(KernelFacts::read(dir.path(), Some(&given)).btf.is_some());
}

#[test]
fn facts_of_a_build_come_from_its_files() {
    let dir = machine();
    let path = |name: &str| dir.path().join(name);
    write(
        dir.path(),
        "config",
        "# Linux/arm64 6.12.7 Kernel Configuration\nCONFIG_ARM64=y\n",
    );
    let map = path("proc/kallsyms");
    let facts = KernelFacts::from_files(Some(&path("config")), Some(&map), None).unwrap();
    assert_eq!(facts.release, "6.12.7");
    assert_eq!(facts.machine, "aarch64");
    assert_eq!(facts.option("CONFIG_KPROBES"), Some(false));
    assert!(facts.symbols.contains_key("load_module"));
    assert_eq!(facts.ftrace, None);

    write(
        dir.path(),
        "stub",
        "ffffffffffffffff B The real System.map is elsewhere\n",
    );
    let why = KernelFacts::from_files(None, Some(&path("stub")), None).unwrap_err();
    assert!(why.contains("no symbols"), "{why}");
}

#[test]
fn facts_survive_json() {
    let facts = KernelFacts::read(machine().path(), None);
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<KernelFacts>(&text).unwrap(), facts);
}
