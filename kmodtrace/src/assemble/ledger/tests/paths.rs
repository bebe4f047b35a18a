//! Successful loads.

use super::{ABSENT_5_10, ABSENT_6_1, ABSENT_6_12, check, of_script};
use crate::model::CallValue;

/// From the symbols on, as on every kernel that has `add_kallsyms`.
const SECOND_HALF: &str = "
    400 resolve_symbol>
    450 apply_relocate> a=3
    455 apply_relocate> a=5
    480 add_kallsyms>
    500 strndup_user>
    520 module_enable_ro>
    522 set_memory_ro> a=4096 b=2
    530 module_enable_x<
    560 klp_module_coming>
    580 parse_args>
    600 mod_sysfs_setup>
    650 vfree>
    660 do_init_module>
    700 initcall_finish! a=77 b=0
    710 blocking_notifier_call_chain> a=0
    720 module_enable_ro>
    721 set_memory_ro>
    722 module_enable_x<
    750 load_module< a=0
";
const SECOND_HALF_PHASES: &str = "
    400 450 symbols =
    450 480 relocate =
    480 500 finalize =
    500 520 prepare =
    520 530 permissions =
    530 560 ftrace ~
    560 580 coming =
    580 600 params =
    600 650 sysfs =
    650 660 cleanup =
    660 710 init =
    710 750 live =
    750 800 return ~
";

#[test]
fn linux_5_10() {
    check(
        ABSENT_5_10,
        800,
        "10 kernel_read_file>
         100 load_module> a=5000
         105 mod_verify_sig>
         150 mod_verify_sig< a=0
         200 module_frob_arch_sections>
         220 module_alloc> a=8192
         230 module_alloc< a=65536
         240 module_alloc> a=4096
         260 module_alloc< a=77777
         300 __mod_tree_insert> a=1
         310 __mod_tree_insert<
         312 __mod_tree_insert> a=1
         320 __mod_tree_insert<
         400 resolve_symbol>
         450 apply_relocate> a=3
         480 module_finalize>
         500 strndup_user>
         520 module_enable_ro>
         524 module_enable_x<
         526 module_enable_x<
         530 module_enable_x<
         560 klp_module_coming>
         580 parse_args>
         600 mod_sysfs_setup>
         650 vfree>
         660 do_init_module>
         700 initcall_finish! b=0
         710 blocking_notifier_call_chain> a=0
         720 module_enable_ro>
         721 module_enable_x<
         750 load_module< a=0",
        "0 100 read =
         100 150 signature =
         150 200 elf ~
         200 220 layout =
         220 260 alloc =
         260 300 copy ~
         300 320 insert =
         320 400 sections ~
         400 450 symbols =
         450 480 relocate =
         480 500 finalize =
         500 520 prepare =
         520 530 permissions =
         530 560 ftrace ~
         560 580 coming =
         580 600 params =
         600 650 sysfs =
         650 660 cleanup =
         660 710 init =
         710 750 live =
         750 800 return ~",
    );
}

#[test]
fn linux_5_10_merges_signature_and_elf_of_an_unsigned_module() {
    check(
        ABSENT_5_10,
        300,
        "100 load_module>
         200 module_frob_arch_sections>
         220 module_alloc> a=8192",
        "0 100 read =
         100 200 signature+elf =
         200 220 layout =
         220 300 alloc ~",
    );
}

#[test]
fn linux_6_1() {
    let first = "
        10 kernel_read_file>
        100 load_module>
        101 module_sig_check>
        150 module_sig_check< a=0
        200 module_frob_arch_sections>
        220 module_alloc> a=8192
        230 module_alloc< a=65536
        240 module_alloc> a=4096
        260 module_alloc< a=77777
        300 mod_tree_insert> a=1
        320 mod_tree_insert<";
    let phases = "
        0 100 read =
        100 150 signature =
        150 200 elf ~
        200 220 layout =
        220 260 alloc =
        260 300 copy ~
        300 320 insert =
        320 400 sections ~";
    check(
        ABSENT_6_1,
        800,
        &format!("{first}{SECOND_HALF}"),
        &format!("{phases}{SECOND_HALF_PHASES}"),
    );
}

const FIRST_HALF_6_12: &str = "
    5 idempotent_init_module>
    10 kernel_read_file>
    100 load_module>
    101 module_sig_check>
    150 module_sig_check< a=0
    190 module_patient_check_exists>
    200 module_frob_arch_sections>
    220 execmem_alloc> a=8192 b=0
    222 set_memory_nx> a=65536 b=2
    223 set_memory_rw> a=65536 b=2
    230 execmem_alloc< a=65536
    231 execmem_alloc> a=4096 b=1
    232 execmem_alloc< a=5
    233 execmem_alloc> a=4096 b=1
    234 execmem_alloc< a=6
    235 execmem_alloc> a=4096 b=2
    236 execmem_alloc< a=7
    250 execmem_alloc> a=4096 b=4
    260 execmem_alloc< a=8
    300 module_patient_check_exists>
    305 mod_tree_insert> a=1
    320 mod_tree_insert<";
const FIRST_HALF_6_12_PHASES: &str = "
    0 100 read =
    100 150 signature =
    150 200 elf ~
    200 220 layout =
    220 260 alloc =
    260 300 copy ~
    300 320 insert =
    320 400 sections ~";

#[test]
fn linux_6_12() {
    check(
        ABSENT_6_12,
        800,
        &format!("{FIRST_HALF_6_12}{SECOND_HALF}"),
        &format!("{FIRST_HALF_6_12_PHASES}{SECOND_HALF_PHASES}"),
    );
}

#[test]
fn linux_7_3_may_allocate_for_thunks_while_it_finalizes() {
    let second = SECOND_HALF.replace(
        "500 strndup_user>",
        "485 execmem_alloc> a=4096 b=0
         486 set_memory_rox> a=1 b=512
         487 execmem_alloc< a=0
         500 strndup_user>",
    );
    check(
        ABSENT_6_12,
        800,
        &format!("{FIRST_HALF_6_12}{second}"),
        &format!("{FIRST_HALF_6_12_PHASES}{SECOND_HALF_PHASES}"),
    );
}

#[test]
fn image_from_memory() {
    check(
        ABSENT_6_12,
        300,
        "8 security_kernel_load_data>
         100 load_module>
         150 module_sig_check< a=0
         200 module_frob_arch_sections>",
        "0 100 read =
         100 150 signature =
         150 200 elf ~
         200 300 layout ~",
    );
}

#[test]
fn compressed() {
    let first = FIRST_HALF_6_12.replace(
        "100 load_module>",
        "60 module_decompress> a=3060\n100 load_module> a=15680",
    );
    let second = SECOND_HALF.replace("vfree>", "module_decompress_cleanup>");
    let phases = FIRST_HALF_6_12_PHASES.replace("0 100 read =", "0 60 read =\n60 100 decompress =");
    check(
        ABSENT_6_12,
        800,
        &format!("{first}{second}"),
        &format!("{phases}{SECOND_HALF_PHASES}"),
    );
}

#[test]
fn without_init_function() {
    let second = SECOND_HALF.replace("700 initcall_finish! a=77 b=0", "");
    check(
        ABSENT_6_12,
        800,
        &format!("{FIRST_HALF_6_12}{second}"),
        &format!("{FIRST_HALF_6_12_PHASES}{SECOND_HALF_PHASES}"),
    );
}

#[test]
fn a_hit_without_its_counterpart_was_missed() {
    let whole = format!("{FIRST_HALF_6_12}{SECOND_HALF}");
    assert_eq!(of_script(ABSENT_6_12, 800, &whole).missed, 0);
    let without = |hit: &str| {
        let lines = whole.lines().filter(|line| !line.contains(hit));
        of_script(ABSENT_6_12, 800, &lines.collect::<Vec<_>>().join("\n")).missed
    };
    assert_eq!(without("module_sig_check<"), 1);
    assert_eq!(without("load_module>"), 1);
    assert_eq!(without("strndup_user>"), 0);
}

#[test]
fn calls_lie_in_their_phases_with_durations_and_values() {
    let ledger = of_script(ABSENT_6_12, 800, &format!("{FIRST_HALF_6_12}{SECOND_HALF}"));
    let calls = |phase: &str| {
        let phase = ledger
            .phases
            .iter()
            .find(|found| found.name() == phase)
            .unwrap();
        let calls = phase.calls.iter();
        calls
            .map(|call| (call.name, call.start_ns, call.duration_ns))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        calls("signature"),
        [
            ("load_module", 100, Some(650)),
            ("module_sig_check", 101, Some(49)),
        ]
    );
    assert_eq!(
        calls("alloc")[..4],
        [
            ("execmem_alloc", 220, Some(10)),
            ("set_memory_nx", 222, None),
            ("set_memory_rw", 223, None),
            ("execmem_alloc", 231, Some(1)),
        ]
    );
    assert_eq!(calls("copy"), []);
    assert_eq!(calls("init")[1], ("initcall_finish", 700, None));
    let alloc = ledger
        .phases
        .iter()
        .find(|found| found.name() == "alloc")
        .unwrap();
    assert_eq!(
        alloc.calls[0].values,
        [
            ("bytes", CallValue::Number(8192)),
            ("memory_type", CallValue::Number(0)),
            ("address", CallValue::Address(65536)),
        ]
    );
}

#[test]
fn anchors_name_the_hits_at_both_ends() {
    let ledger = of_script(ABSENT_6_12, 800, &format!("{FIRST_HALF_6_12}{SECOND_HALF}"));
    let anchors: Vec<_> = ledger.phases[..3]
        .iter()
        .chain(ledger.phases.last())
        .map(|phase| {
            (
                phase.begin.hook,
                phase.begin.edge,
                phase.end.hook,
                phase.end.edge,
            )
        })
        .collect();
    assert_eq!(
        anchors,
        [
            ("sys_finit_module", "entry", "load_module", "entry"),
            ("load_module", "entry", "module_sig_check", "return"),
            (
                "module_sig_check",
                "return",
                "module_frob_arch_sections",
                "entry"
            ),
            ("load_module", "return", "sys_finit_module", "return"),
        ]
    );
}
