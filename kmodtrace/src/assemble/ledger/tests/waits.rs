//! Waits for other loads, wherever they happen.

use super::{ABSENT_5_10, ABSENT_6_12, check, of_script};

/// 6.12 and later: another task loads the same file; this one gets that one's result.
#[test]
fn the_same_file_is_loaded_by_another_task() {
    check(
        ABSENT_6_12,
        100,
        "7 idempotent_init_module>",
        "0 7 read =
         7 100 wait ~",
    );
}

#[test]
fn the_same_module_is_loaded_by_another_task() {
    check(
        ABSENT_6_12,
        200,
        "100 load_module>
         110 module_sig_check< a=0
         120 module_patient_check_exists>
         122 finished_loading>
         140 finished_loading>
         160 vfree>
         180 load_module< a=-17",
        "0 100 read =
         100 110 signature =
         110 122 elf ~
         122 160 wait =
         160 180 unwind =
         180 200 return ~",
    );
}

#[test]
fn the_same_module_has_failed_meanwhile() {
    check(
        ABSENT_6_12,
        300,
        "100 load_module>
         110 module_sig_check< a=0
         120 module_patient_check_exists>
         122 finished_loading>
         160 module_frob_arch_sections>
         170 execmem_alloc>
         180 execmem_alloc< a=1
         200 module_patient_check_exists>
         202 finished_loading>
         240 mod_tree_insert>
         250 mod_tree_insert<",
        "0 100 read =
         100 110 signature =
         110 122 elf ~
         122 160 wait =
         160 170 layout =
         170 180 alloc =
         180 200 copy ~
         200 202 insert =
         202 240 wait =
         240 250 insert =
         250 300 sections ~",
    );
}

#[test]
fn the_same_module_on_5_10() {
    check(
        ABSENT_5_10,
        300,
        "100 load_module>
         120 module_frob_arch_sections>
         130 module_alloc>
         140 module_alloc< a=1
         150 finished_loading>
         200 finished_loading>
         220 execmem_free> a=1
         240 load_module< a=-17",
        "0 100 read =
         100 120 signature+elf =
         120 130 layout =
         130 140 alloc =
         140 150 copy ~
         150 220 wait =
         220 240 unwind =
         240 300 return ~",
    );
}

/// The owner of a symbol is still loading: the same symbol is asked for again and again.
#[test]
fn the_owner_of_a_symbol_is_loading() {
    let script = "
        100 load_module>
        110 resolve_symbol>
        200 resolve_symbol> waited=150
        230 resolve_symbol> waited=200
        300 apply_relocate>";
    check(
        ABSENT_6_12,
        400,
        script,
        "0 100 read =
         100 110 signature+elf+layout+alloc+copy+insert+sections =
         110 150 symbols =
         150 230 wait =
         230 300 symbols =
         300 400 relocate ~",
    );
    let ledger = of_script(ABSENT_6_12, 400, script);
    let calls: Vec<_> = ledger
        .phases
        .iter()
        .map(|phase| phase.calls.len())
        .collect();
    assert_eq!(calls, [0, 1, 1, 1, 1, 1]);
}

#[test]
fn the_owner_of_the_first_symbol_is_loading() {
    check(
        ABSENT_6_12,
        400,
        "100 load_module>
         110 resolve_symbol>
         200 resolve_symbol> waited=110
         250 resolve_symbol> waited=240
         300 apply_relocate>",
        "0 100 read =
         100 110 signature+elf+layout+alloc+copy+insert+sections =
         110 200 wait =
         200 240 symbols =
         240 250 wait =
         250 300 symbols =
         300 400 relocate ~",
    );
}

/// A time that cannot be (before the symbols began) is cut off.
#[test]
fn a_wait_never_begins_before_its_phase() {
    check(
        ABSENT_6_12,
        400,
        "100 load_module>
         110 resolve_symbol>
         200 resolve_symbol> waited=5
         300 apply_relocate>",
        "0 100 read =
         100 110 signature+elf+layout+alloc+copy+insert+sections =
         110 200 wait =
         200 300 symbols =
         300 400 relocate ~",
    );
}

#[test]
fn marks_out_of_place_change_nothing() {
    let ordered = "
        100 load_module>
        110 module_sig_check< a=0
        120 module_frob_arch_sections>";
    let expected = "
        0 100 read =
        100 110 signature =
        110 120 elf ~
        120 200 layout ~";
    check(ABSENT_6_12, 200, ordered, expected);
    check(
        ABSENT_6_12,
        200,
        "120 module_frob_arch_sections>
         100 load_module>
         5000 do_init_module>
         110 module_sig_check< a=0
         110 module_sig_check< a=0
         120 module_frob_arch_sections>",
        expected,
    );
}

/// The owner never comes to life: resolution gives up after its wait (-EBUSY).
#[test]
fn the_owner_of_a_symbol_stays_away() {
    check(
        ABSENT_6_12,
        400,
        "100 load_module>
         110 resolve_symbol>
         200 resolve_symbol> waited=150
         350 resolve_symbol> waited=200
         355 module_unload_free>
         370 load_module< a=-16",
        "0 100 read =
         100 110 signature+elf+layout+alloc+copy+insert+sections =
         110 150 symbols =
         150 350 wait =
         350 355 symbols =
         355 370 unwind =
         370 400 return ~",
    );
}
