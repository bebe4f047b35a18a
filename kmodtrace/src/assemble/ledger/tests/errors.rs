//! Loads that fail: the phase that failed ends where unwinding begins.

use super::{ABSENT_5_10, ABSENT_6_1, ABSENT_6_12, check};

#[test]
fn bad_signature() {
    check(
        ABSENT_6_12,
        200,
        "5 idempotent_init_module>
         10 kernel_read_file>
         100 load_module>
         101 module_sig_check>
         150 module_sig_check< a=-129
         155 vfree>
         180 load_module< a=-129",
        "0 100 read =
         100 150 signature =
         150 180 unwind =
         180 200 return ~",
    );
}

#[test]
fn bad_signature_on_5_10() {
    check(
        ABSENT_5_10,
        200,
        "100 load_module>
         101 mod_verify_sig>
         150 mod_verify_sig< a=-129
         180 load_module< a=-129",
        "0 100 read =
         100 150 signature =
         150 180 unwind =
         180 200 return ~",
    );
}

#[test]
fn truncated_file() {
    check(
        ABSENT_6_1,
        200,
        "100 load_module>
         150 module_sig_check< a=0
         160 vfree>
         180 load_module< a=-8",
        "0 100 read =
         100 150 signature =
         150 160 elf ~
         160 180 unwind =
         180 200 return ~",
    );
}

/// Without a signature, and thus without `mod_verify_sig`, nothing tells that the check has passed.
#[test]
fn truncated_file_on_5_10() {
    check(
        ABSENT_5_10,
        200,
        "100 load_module>
         160 vfree>
         180 load_module< a=-8",
        "0 100 read =
         100 160 signature+elf =
         160 180 unwind =
         180 200 return ~",
    );
}

#[test]
fn truncated_file_without_a_mark_of_unwinding() {
    check(
        ABSENT_5_10,
        200,
        "100 load_module>
         180 load_module< a=-8",
        "0 100 read =
         100 180 signature+elf =
         180 200 return ~",
    );
}

#[test]
fn loaded_already_on_6_12() {
    check(
        ABSENT_6_12,
        200,
        "100 load_module>
         110 module_sig_check< a=0
         150 module_patient_check_exists>
         160 vfree>
         180 load_module< a=-17",
        "0 100 read =
         100 110 signature =
         110 160 elf ~
         160 180 unwind =
         180 200 return ~",
    );
}

#[test]
fn loaded_already_on_6_1() {
    check(
        ABSENT_6_1,
        300,
        "100 load_module>
         110 module_sig_check< a=0
         120 module_frob_arch_sections>
         130 module_alloc> a=8192
         135 module_alloc< a=65536
         136 module_alloc> a=4096
         140 module_alloc< a=77777
         170 execmem_free> a=77777
         175 execmem_free> a=65536
         180 vfree>
         200 load_module< a=-17",
        "0 100 read =
         100 110 signature =
         110 120 elf ~
         120 130 layout =
         130 140 alloc =
         140 170 copy ~
         170 200 unwind =
         200 300 return ~",
    );
}

const UP_TO_SECTIONS: &str = "
    100 load_module>
    110 module_sig_check< a=0
    120 module_frob_arch_sections>
    130 execmem_alloc> a=8192
    140 execmem_alloc< a=65536
    150 module_patient_check_exists>
    155 mod_tree_insert> a=1
    160 mod_tree_insert<";
const UP_TO_SECTIONS_PHASES: &str = "
    0 100 read =
    100 110 signature =
    110 120 elf ~
    120 130 layout =
    130 140 alloc =
    140 150 copy ~
    150 160 insert =";

#[test]
fn unknown_symbol() {
    check(
        ABSENT_6_12,
        300,
        &format!(
            "{UP_TO_SECTIONS}
            200 resolve_symbol>
            250 module_unload_free>
            260 execmem_free> a=65536
            270 vfree>
            280 load_module< a=-2"
        ),
        &format!(
            "{UP_TO_SECTIONS_PHASES}
            160 200 sections ~
            200 250 symbols =
            250 280 unwind =
            280 300 return ~"
        ),
    );
}

#[test]
fn bad_parameter() {
    check(
        ABSENT_6_12,
        400,
        &format!(
            "{UP_TO_SECTIONS}
            200 resolve_symbol>
            210 apply_relocate>
            220 add_kallsyms>
            230 strndup_user>
            240 module_enable_ro>
            250 module_enable_x<
            260 klp_module_coming>
            270 parse_args>
            300 blocking_notifier_call_chain> a=2
            310 module_arch_cleanup>
            320 module_unload_free>
            330 execmem_free> a=65536
            340 vfree>
            350 load_module< a=-22"
        ),
        &format!(
            "{UP_TO_SECTIONS_PHASES}
            160 200 sections ~
            200 210 symbols =
            210 220 relocate =
            220 230 finalize =
            230 240 prepare =
            240 250 permissions =
            250 260 ftrace ~
            260 270 coming =
            270 300 params =
            300 350 unwind =
            350 400 return ~"
        ),
    );
}

const FROM_SYSFS: &str = "
    100 load_module>
    300 mod_sysfs_setup>";

#[test]
fn sysfs_fails() {
    check(
        ABSENT_6_12,
        400,
        &format!(
            "{FROM_SYSFS}
            320 blocking_notifier_call_chain> a=2
            330 module_unload_free>
            340 vfree>
            350 load_module< a=-12"
        ),
        "0 100 read =
         100 300 signature+elf+layout+alloc+copy+insert+sections+symbols+relocate+finalize+prepare+permissions+ftrace+coming+params =
         300 320 sysfs =
         320 350 unwind =
         350 400 return ~",
    );
}

#[test]
fn init_fails() {
    check(
        ABSENT_6_12,
        400,
        &format!(
            "{FROM_SYSFS}
            310 vfree>
            315 do_init_module> a=1
            330 initcall_finish! a=1 b=-19
            335 blocking_notifier_call_chain> a=2
            340 module_unload_free>
            345 execmem_free> a=1
            350 load_module< a=-19"
        ),
        "0 100 read =
         100 300 signature+elf+layout+alloc+copy+insert+sections+symbols+relocate+finalize+prepare+permissions+ftrace+coming+params =
         300 310 sysfs =
         310 315 cleanup =
         315 330 init =
         330 350 unwind =
         350 400 return ~",
    );
}

#[test]
fn no_memory() {
    check(
        ABSENT_6_12,
        300,
        "100 load_module>
         110 module_sig_check< a=0
         120 module_frob_arch_sections>
         130 execmem_alloc> a=8192
         140 execmem_alloc< a=65536
         141 execmem_alloc> a=8192
         145 execmem_alloc< a=0
         150 execmem_free> a=65536
         160 vfree>
         180 load_module< a=-12",
        "0 100 read =
         100 110 signature =
         110 120 elf ~
         120 130 layout =
         130 145 alloc =
         145 180 unwind =
         180 300 return ~",
    );
}

#[test]
fn the_file_cannot_be_read() {
    check(ABSENT_6_12, 50, "10 kernel_read_file>", "0 50 read ~");
}

#[test]
fn without_any_mark() {
    check(ABSENT_6_12, 50, "", "0 50 read ~");
}

/// Where not even the return of `load_module` can be seen, the last phase covers what follows.
#[test]
fn the_last_phase_covers_a_return_that_cannot_be_seen() {
    let mut absent = ABSENT_6_12.to_vec();
    absent.push("load_module");
    check(
        &absent,
        400,
        "300 do_init_module>
         320 blocking_notifier_call_chain> a=0",
        "0 300 read+signature+elf+layout+alloc+copy+insert+sections+symbols+relocate+finalize+prepare+permissions+ftrace+coming+params+sysfs+cleanup =
         300 320 init =
         320 400 live+return ~",
    );
}
