//! A module that is loaded.

use std::{fs, path::Path};

use kmodtrace::image::{ModuleImage, layout::Kind};

use crate::scene::{Done, module, place, placed, run};

const FILE: &str = "kt_export-6.12.ko";

/// A system on which the module is loaded.
struct System(tempfile::TempDir);

impl System {
    fn new() -> Self {
        let system = Self(tempfile::tempdir().expect("a directory"));
        let bytes = fs::read(module(FILE)).expect("test data");
        let image = ModuleImage::parse(&bytes).expect("a module");
        system.write(
            "proc/modules",
            "kt_export 16384 0 - Live 0xffffffffc0a00000 (OE)\n",
        );
        system.write("proc/sys/kernel/osrelease", "6.12\n");
        system.write("lib/modules/6.12/modules.dep", "extra/kt-export.ko:\n");
        let copy = system.path().join("lib/modules/6.12/extra");
        fs::create_dir_all(&copy).expect("created");
        fs::copy(module(FILE), copy.join("kt-export.ko")).expect("copied");
        for (section, address) in image.sections.iter().zip(placed(&image)) {
            if let Some(address) = address {
                let name = String::from_utf8_lossy(section.name);
                let path = format!("sys/module/kt_export/sections/{name}");
                system.write(&path, format!("{address:#018x}\n"));
            }
        }
        let id = image.build_id.expect("known");
        let note = [b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0", id].concat();
        system.write("sys/module/kt_export/notes/.note.gnu.build-id", note);
        system.write("sys/module/kt_export/initsize", "0\n");
        system
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn map(&self, args: &[&str]) -> Done {
        let root = self.path().to_str().expect("UTF-8");
        run(&[&["map", "--root", root], args].concat())
    }
}

#[test]
fn the_map_of_a_loaded_module() {
    let done = System::new().map(&["kt-export"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let text = place(Kind::Text, 0).expect("text");
    for part in [
        &format!("{text:#018x}  text"),
        "kt_export ",
        ".exit.text",
        "rodata",
        "stay",
    ] {
        assert!(done.out.contains(part), "no {part} in {}", done.out);
    }
    // What was freed is told apart.
    let (there, freed) = done
        .out
        .split_once("freed after init\n")
        .expect("two parts");
    assert!(
        !there.contains(".init.text") && freed.contains(".init.text"),
        "{}",
        done.out
    );
    assert!(!there.contains("init_text"), "{there}");
}

#[test]
fn gdb_is_told_of_what_is_there() {
    let system = System::new();
    let done = system.map(&["--gdb", "kt_export"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let command = done.out.lines().last().expect("a command");
    let words: Vec<_> = command.split(' ').collect();
    let file = system.path().join("lib/modules/6.12/extra/kt-export.ko");
    assert_eq!(
        words[..2],
        ["add-symbol-file", file.to_str().expect("UTF-8")]
    );
    let bytes = fs::read(module(FILE)).expect("test data");
    let image = ModuleImage::parse(&bytes).expect("a module");
    let mut count = 0;
    for (section, address) in image.sections.iter().zip(placed(&image)) {
        let name = String::from_utf8_lossy(section.name);
        let told = match address {
            Some(address) if name == ".text" => format!("kt-export.ko {address:#x}"),
            Some(address) => format!("-s {name} {address:#x}"),
            None => continue,
        };
        let left_out = name.starts_with(".init") || name.ends_with("tab");
        assert_eq!(command.contains(&told), !left_out, "{told}: {command}");
        count += 1;
    }
    assert!(count > 5, "{count} sections");
    // While init runs its memory is there.
    system.write("sys/module/kt_export/initsize", "4096\n");
    let done = system.map(&["--gdb", "kt_export"]);
    assert!(done.out.contains("-s .init.text 0x"), "{}", done.out);
}

#[test]
fn a_file_of_another_build_gives_no_sizes() {
    let system = System::new();
    let line = system.map(&["--json", "kt_export"]).json();
    assert_eq!(line["schema"], "kmodtrace.map/1");
    assert_eq!(
        (&line["module"], &line["load"]),
        (&"kt_export".into(), &().into())
    );
    assert!(
        line["regions"].as_array().is_some_and(|all| all.len() >= 3),
        "{line}"
    );
    assert!(line["sections"][0]["bytes"].is_u64(), "{line}");
    let note = "sys/module/kt_export/notes/.note.gnu.build-id";
    let mut other = fs::read(system.path().join(note)).expect("read");
    other[20] ^= 1;
    system.write(note, other);
    let done = system.map(&["--json", "kt_export"]);
    assert_eq!(done.code, 0);
    assert!(done.err.contains("another build"), "{}", done.err);
    let line = done.json();
    assert!(line["sections"][0]["bytes"].is_null(), "{line}");
    assert_eq!(line["regions"], serde_json::json!([]));
    let file = module(FILE);
    let done = system.map(&["--file", file.to_str().expect("UTF-8"), "kt_export"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
}

#[test]
fn what_is_not_known_is_said() {
    let system = System::new();
    let done = system.map(&["other"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(
        done.err.contains("no module other is loaded"),
        "{}",
        done.err
    );
    let sections = system.path().join("sys/module/kt_export/sections");
    for entry in fs::read_dir(&sections).expect("a directory") {
        fs::write(entry.expect("an entry").path(), "0x0000000000000000\n").expect("written");
    }
    let done = system.map(&["kt_export"]);
    assert_eq!((done.code, done.out.as_str()), (3, ""));
    assert!(done.err.contains("kptr_restrict"), "{}", done.err);
    fs::remove_dir_all(&sections).expect("removed");
    let done = system.map(&["kt_export"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("CONFIG_KALLSYMS"), "{}", done.err);
}
