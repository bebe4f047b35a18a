//! What the guest left beside the run's output.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use kmodtrace_tests::vm::facts::hexadecimal;
use kmodtrace_tests::vm::{Load, Output, Results};

/// A wrong fact: where, what, and both values.
pub(crate) fn differ<T: PartialEq + std::fmt::Debug>(
    wrong: &mut Vec<String>,
    of: &str,
    what: &str,
    told: &T,
    true_: &T,
) {
    if told != true_ {
        wrong.push(format!("{of}: {what} {told:?}, but it is {true_:?}"));
    }
}

/// True where the project's own modules were loaded.
pub(crate) fn own_modules(results: &Results) -> bool {
    results.has("ko/kt_facts.ko")
}

/// The output of the run.
pub(crate) fn output(results: &Results) -> Output {
    results.output("facts.json")
}

/// The load of the command that the guest calls `label`.
pub(crate) fn labelled<'o>(results: &Results, output: &'o Output, label: &str) -> &'o Load {
    let truth = results.truth();
    let truth = truth.iter().find(|truth| truth.label == label);
    let pid = truth.unwrap_or_else(|| panic!("no load {label}")).pid;
    let loads = output.of_pid(pid);
    loads
        .last()
        .unwrap_or_else(|| panic!("{label} was not told"))
}

/// A line of `/proc/modules`.
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) users: BTreeSet<String>,
    pub(crate) address: u64,
    pub(crate) line: String,
}

/// `/proc/modules` at a moment.
pub(crate) fn listed(results: &Results, moment: &str) -> Vec<Listed> {
    let text = results.text(&format!("modules.{moment}"));
    let parse = |line: &str| -> Option<Listed> {
        let fields: Vec<_> = line.split(' ').collect();
        let users = fields
            .get(3)?
            .split(',')
            .filter(|user| !matches!(*user, "" | "-"));
        Some(Listed {
            name: (*fields.first()?).to_owned(),
            bytes: fields.get(1)?.parse().ok()?,
            users: users.map(str::to_owned).collect(),
            address: hexadecimal(fields.get(5)?)?,
            line: line.to_owned(),
        })
    };
    let parse = |line: &str| parse(line).unwrap_or_else(|| panic!("{line:?} in modules.{moment}"));
    text.lines().map(parse).collect()
}

/// The modules of a moment whose load was told, with that load: the last one that succeeded or, in
/// another's middle, had begun.
pub(crate) fn present<'o>(
    results: &Results,
    output: &'o Output,
    moment: &str,
) -> Vec<(Listed, &'o Load)> {
    let of = |listed: Listed| {
        let loads = output.loads.iter().rev();
        let mut loads = loads.filter(|load| load.module.as_ref() == Some(&listed.name));
        loads
            .find(|load| load.succeeded())
            .map(|load| (listed, load))
    };
    let found: Vec<_> = listed(results, moment).into_iter().filter_map(of).collect();
    let least = if own_modules(results) { 9 } else { 6 };
    if moment == "end" {
        assert!(found.len() >= least, "only {} modules", found.len());
    }
    found
}

/// `/sys/module/*/sections` at a moment: by module, names with addresses.
pub(crate) fn sections(
    results: &Results,
    moment: &str,
) -> BTreeMap<String, BTreeSet<(String, u64)>> {
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in results.text(&format!("sections.{moment}")).lines() {
        let parsed = || -> Option<_> {
            let (path, address) = line.strip_prefix("/sys/module/")?.rsplit_once(':')?;
            let (module, name) = path.split_once("/sections/")?;
            Some((module.to_owned(), name.to_owned(), hexadecimal(address)?))
        };
        let (module, name, address) = parsed().unwrap_or_else(|| panic!("{line:?}"));
        all.entry(module).or_default().insert((name, address));
    }
    all
}

/// What `/sys/module/MODULE/NAME` said.
pub(crate) fn sysfs(results: &Results, module: &str, name: &str) -> Option<String> {
    let prefix = format!("{module}:{name}:");
    let text = results.text("sysfs");
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(&prefix));
    lines.next().map(str::to_owned)
}

/// A symbol's addresses: by name, with the module that has it.
pub(crate) type Kallsyms = BTreeMap<String, Vec<(u64, Option<String>)>>;

/// `/proc/kallsyms` as left in a file.
pub(crate) fn kallsyms(results: &Results, file: &str) -> Kallsyms {
    let mut all = Kallsyms::new();
    for line in results.text(file).lines() {
        let mut fields = line.split_ascii_whitespace();
        let (Some(address), Some(_), Some(name)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("{line:?} in {file}");
        };
        let address = hexadecimal(address).unwrap_or_else(|| panic!("{line:?} in {file}"));
        let module = fields
            .next()
            .map(|word| word.trim_matches(['[', ']']).to_owned());
        all.entry(name.to_owned())
            .or_default()
            .push((address, module));
    }
    all
}

/// The `.ko` file that a load loaded, if the guest left it.
pub(crate) fn file_of(results: &Results, load: &Load) -> Option<String> {
    let file = load.file.as_deref()?;
    let name = file.strip_suffix(".xz").unwrap_or(file);
    Some(format!("ko/{name}")).filter(|name| results.has(name))
}

/// What readelf says of a file.
pub(crate) fn readelf(results: &Results, option: &str, file: &str) -> String {
    let mut readelf = Command::new("readelf");
    readelf
        .args(["-W", option])
        .arg(results.path(file))
        .env("LC_ALL", "C");
    let done = readelf.output().expect("binutils are installed");
    assert!(done.status.success(), "readelf {option} {file}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// A section header as readelf shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) flags: String,
}

/// The section headers of a file.
pub(crate) fn headers(results: &Results, file: &str) -> Vec<Header> {
    let parse = |line: &str| -> Option<Header> {
        let (index, rest) = line.trim_start().strip_prefix('[')?.split_once(']')?;
        let index = index.trim().parse().ok()?;
        // The columns behind the name: type, address, offset, size, entry size, flags or none, three more.
        let mut fields: Vec<_> = rest.split_ascii_whitespace().collect();
        if index == 0 {
            fields.insert(0, "");
        }
        let flags = if fields.len() == 10 {
            fields.get(6)?
        } else {
            ""
        };
        Some(Header {
            index,
            name: (*fields.first()?).to_owned(),
            bytes: hexadecimal(fields.get(4)?)?,
            flags: flags.to_owned(),
        })
    };
    let text = readelf(results, "-S", file);
    let headers: Vec<_> = text.lines().filter_map(parse).collect();
    assert!(headers.len() > 5, "{file}: {headers:?}");
    headers
}
