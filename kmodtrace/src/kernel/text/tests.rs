//! A kernel of three functions, as files.

use std::{fs, path::Path};

use crate::kernel::facts::{Exit, KernelFacts, Source};

const BASE: u64 = 0xffff_ffff_8100_0000;

/// `load_module`, which returns at 0x2 and, in its other part, at 0x40; `vfree`; a table of fix-ups and one
/// of jump labels, both with one entry; the other part of `load_module`.
const SYMBOLS: &str = "\
    ffffffff81000000 t load_module\n\
    ffffffff81000010 t module_sig_check\n\
    ffffffff81000020 R __start___ex_table\n\
    ffffffff8100002c R __stop___ex_table\n\
    ffffffff81000030 R __start___jump_table\n\
    ffffffff81000040 R __stop___jump_table\n\
    ffffffff81000040 t load_module.cold\n\
    ffffffff81000050 T __x86_return_thunk\n\
    ffffffff81000060 T end\n";

fn memory() -> Vec<u8> {
    let mut memory = vec![0x90; 0x60];
    // je to the other part; xor eax,eax; ret
    memory[..9].copy_from_slice(&[0x0f, 0x84, 0x3a, 0, 0, 0, 0x31, 0xc0, 0xc3]);
    // pop rbx; pop rbp; pop r12; ret
    memory[0x10..0x15].copy_from_slice(&[0x5b, 0x5d, 0x41, 0x5c, 0xc3]);
    memory[0x20..0x40].fill(0);
    // The fault goes on at 0x0, and the jump label leads to 0x11.
    memory[0x24..0x28].copy_from_slice(&(-0x24i32).to_le_bytes());
    memory[0x34..0x38].copy_from_slice(&(0x11i32 - 0x34).to_le_bytes());
    // jmp to the return thunk
    memory[0x40..0x45].copy_from_slice(&[0xe9, 0x0b, 0, 0, 0]);
    memory
}

fn machine(symbols: &str, memory: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "proc/sys/kernel/arch", b"x86_64\n");
    write(dir.path(), "proc/kallsyms", symbols.as_bytes());
    let mut file = vec![0; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    file[16] = 4;
    file[20] = 1;
    file[32] = 64;
    file[52] = 64;
    file[54] = 56;
    file[56] = 1;
    let bytes = memory.len() as u64;
    for word in [1, 120, BASE, 0, bytes, bytes, 1] {
        file.extend(word.to_le_bytes());
    }
    file.extend(memory);
    write(dir.path(), "proc/kcore", &file);
    dir
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn read(root: &Path) -> KernelFacts {
    KernelFacts::read_with_exits(root, None)
}

fn exits<'f>(facts: &'f KernelFacts, function: &str) -> Option<Vec<(&'f str, u32)>> {
    let exits = facts.exits.get(function)?.iter();
    Some(
        exits
            .map(|Exit { symbol, offset }| (symbol.as_str(), *offset))
            .collect(),
    )
}

#[test]
fn exits_are_read_from_the_running_kernel() {
    let dir = machine(SYMBOLS, &memory());
    let facts = read(dir.path());
    assert_eq!(
        exits(&facts, "load_module"),
        Some(vec![("load_module", 8), ("load_module", 0x40)])
    );
    assert_eq!(
        exits(&facts, "module_sig_check"),
        Some(vec![("module_sig_check", 4)]),
        "the jump label leads behind the first pop"
    );
    assert!(!facts.unread.contains_key(&Source::Memory));
}

#[test]
fn where_it_goes_on_it_returns() {
    let symbols = SYMBOLS.replace("81000050 T __x86_return_thunk", "81000050 t do_init_module");
    let mut memory = memory();
    // A site, and a return.
    memory[0x50..0x56].copy_from_slice(&[0x0f, 0x1f, 0x44, 0, 0, 0xc3]);
    let facts = read(machine(&symbols, &memory).path());
    let expected = vec![("do_init_module", 5), ("load_module", 8)];
    assert_eq!(exits(&facts, "load_module"), Some(expected));
    // Without a site it is no function that kprobes are allowed on.
    memory[0x50] = 0x90;
    let facts = read(machine(&symbols, &memory).path());
    assert_eq!(exits(&facts, "load_module"), None);
    memory[0x50] = 0x0f;
    let twice = format!("{symbols}ffffffff81000058 t do_init_module\n");
    let facts = read(machine(&twice, &memory).path());
    assert_eq!(exits(&facts, "load_module"), None);
}

#[test]
fn without_tables_the_returns_themselves_are_the_exits() {
    let symbols = SYMBOLS.replace("__start___jump_table", "other");
    let mut memory = memory();
    memory[0x34..0x38].fill(0);
    let facts = read(machine(&symbols, &memory).path());
    assert_eq!(
        exits(&facts, "module_sig_check"),
        Some(vec![("module_sig_check", 4)])
    );
    let facts = read(machine(SYMBOLS, &memory).path());
    assert_eq!(
        exits(&facts, "module_sig_check"),
        Some(vec![("module_sig_check", 0)])
    );
}

#[test]
fn nothing_is_known_of_what_cannot_be_read_or_told_apart() {
    // Where its other part is, is not certain.
    let symbols = format!("{SYMBOLS}ffffffff81000058 t load_module.cold\n");
    let facts = read(machine(&symbols, &memory()).path());
    assert_eq!(exits(&facts, "load_module"), None);
    assert!(exits(&facts, "module_sig_check").is_some());
    let symbols = format!("{SYMBOLS}ffffffff81000058 t module_sig_check\n");
    let facts = read(machine(&symbols, &memory()).path());
    assert_eq!(exits(&facts, "module_sig_check"), None);
    let hidden = SYMBOLS.replace("ffffffff810000", "0000000000000000");
    let facts = read(machine(&hidden, &memory()).path());
    assert!(facts.exits.is_empty());
    let dir = machine(SYMBOLS, &memory());
    fs::remove_file(dir.path().join("proc/kcore")).unwrap();
    let facts = read(dir.path());
    assert!(facts.exits.is_empty());
    assert!(facts.unread[&Source::Memory].contains("no such file"));
    write(dir.path(), "proc/sys/kernel/arch", b"aarch64\n");
    let facts = read(dir.path());
    assert!(!facts.unread.contains_key(&Source::Memory));
}
