//! Functions written in machine code.

use std::collections::BTreeSet;

use super::{Around, Exits, Piece, Unsure, exits, has_site};

const AT: u64 = 0xffff_ffff_8100_0000;
const COLD: u64 = 0xffff_ffff_8190_0000;
const THUNK: u64 = 0xffff_ffff_81d1_42f0;

fn around(landings: &[u64]) -> Around {
    Around {
        thunks: BTreeSet::from([THUNK]),
        landings: Some(landings.iter().map(|landing| AT + landing).collect()),
    }
}

fn of(code: &[u8], around: &Around) -> Result<Vec<u64>, Unsure> {
    let piece = Piece {
        address: AT,
        bytes: code,
    };
    let found = exits(&[piece], around)?;
    assert!(found.tails.is_empty());
    Ok(found.returns.into_iter().map(|exit| exit - AT).collect())
}

fn returns<const N: usize>(returns: [u64; N]) -> Result<Exits, Unsure> {
    Ok(Exits {
        returns: BTreeSet::from(returns),
        tails: BTreeSet::new(),
    })
}

/// A near jump from `from` to an address.
fn jump(from: u64, to: u64) -> [u8; 5] {
    let distance = to.wrapping_sub(from + 5).to_le_bytes();
    [0xe9, distance[0], distance[1], distance[2], distance[3]]
}

#[test]
fn a_return_is_an_exit() {
    // xor eax,eax; ret; int3 ×4
    let code = [0x31, 0xc0, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc];
    assert_eq!(of(&code, &around(&[])), Ok(vec![2]));
}

#[test]
fn so_is_a_jump_to_a_return_thunk_and_other_jumps_out_are_tails() {
    let code = [&[0x31, 0xc0][..], &jump(AT + 2, THUNK)].concat();
    assert_eq!(of(&code, &around(&[])), Ok(vec![2]));
    let code = [&[0x31, 0xc0][..], &jump(AT + 2, THUNK + 16)].concat();
    let piece = Piece {
        address: AT,
        bytes: &code,
    };
    let expected = Exits {
        returns: BTreeSet::new(),
        tails: BTreeSet::from([THUNK + 16]),
    };
    assert_eq!(exits(&[piece], &around(&[])), Ok(expected));
}

#[test]
fn functions_begin_with_a_site() {
    let has = |bytes: &[u8]| has_site(&Piece { address: AT, bytes });
    let call = [0xe8, 0, 0, 1, 0];
    let nop = [0x0f, 0x1f, 0x44, 0, 0];
    let endbr = [0xf3, 0x0f, 0x1e, 0xfa];
    assert!(has(&[&call[..], &[0xc3]].concat()));
    assert!(has(&[&nop[..], &[0xc3]].concat()));
    assert!(has(&[&endbr[..], &nop].concat()));
    // A thunk: call 1f; int3; 1: mov %rax,(%rsp); ret
    let thunk = [0xe8, 1, 0, 0, 0, 0xcc, 0x48, 0x89, 0x04, 0x24, 0xc3];
    assert!(!has(&thunk));
    assert!(!has(&[0x41, 0x57, 0xc3]) && !has(&[0x90, 0xc3]) && !has(&[]));
}

/// `mov eax,1; pop rbx; pop rbp; pop r12` and a way to return, at 10.
fn popping(back: &[u8]) -> Vec<u8> {
    let pops = [0xb8, 1, 0, 0, 0, 0x5b, 0x5d, 0x41, 0x5c];
    [&pops, back].concat()
}

#[test]
fn the_probe_stands_where_a_jump_fits_in() {
    // With `ret`, one byte that can be moved, the pops are five bytes.
    assert_eq!(of(&popping(&[0xc3]), &around(&[])), Ok(vec![5]));
    // A jump cannot be moved, and the pops alone are four.
    let code = popping(&jump(AT + 9, THUNK));
    assert_eq!(of(&code, &around(&[])), Ok(vec![9]));
    // pop r13 more
    let code = [&popping(&[0x41, 0x5d])[..], &jump(AT + 11, THUNK)].concat();
    assert_eq!(of(&code, &around(&[])), Ok(vec![6]));
}

#[test]
fn but_never_in_front_of_a_place_that_is_jumped_to() {
    let code = popping(&[0xc3]);
    assert_eq!(of(&code, &around(&[6])), Ok(vec![9]));
    assert_eq!(of(&code, &around(&[5])), Ok(vec![5]));
    // je to the second pop: test edi,edi; je +6; …
    let code = [&[0x85, 0xff, 0x74, 0x06][..], &popping(&[0xc3])].concat();
    assert_eq!(of(&code, &around(&[])), Ok(vec![13]));
    // Nor is it known where else is jumped to.
    let unknown = Around {
        landings: None,
        ..around(&[])
    };
    assert_eq!(of(&popping(&[0xc3]), &unknown), Ok(vec![9]));
}

#[test]
fn a_return_value_that_is_restored_is_no_return_value_yet() {
    // pop rax; pop rbp; pop r12; pop r13; ret
    let code = [0x58, 0x5d, 0x41, 0x5c, 0xc3];
    assert_eq!(of(&code, &around(&[])), Ok(vec![4]));
}

#[test]
fn every_return_counts() {
    // test edi,edi; je 1f; xor eax,eax; ret; 1: mov eax,1; ret
    let code = [
        0x85, 0xff, 0x74, 3, 0x31, 0xc0, 0xc3, 0xb8, 1, 0, 0, 0, 0xc3,
    ];
    assert_eq!(of(&code, &around(&[])), Ok(vec![6, 12]));
    let many = [0xc3; 13];
    assert_eq!(of(&many, &around(&[])), Err(Unsure::Count(13)));
    // 1: jmp 1b
    assert_eq!(of(&[0xeb, 0xfe], &around(&[])), Err(Unsure::Count(0)));
}

#[test]
fn the_seldom_run_part_belongs_to_it() {
    // ret, behind a conditional jump to the other part, which jumps back
    let to_cold = COLD.wrapping_sub(AT + 6).to_le_bytes();
    let hot = [
        0x0f, 0x84, to_cold[0], to_cold[1], to_cold[2], to_cold[3], 0xc3,
    ];
    let hot = Piece {
        address: AT,
        bytes: &hot,
    };
    let back = jump(COLD, AT + 6);
    let cold = |bytes| Piece {
        address: COLD,
        bytes,
    };
    let found = exits(&[hot, cold(&back)], &around(&[]));
    assert_eq!(found, returns([AT + 6]));
    let found = exits(&[hot, cold(&[0xc3])], &around(&[]));
    assert_eq!(found, returns([AT + 6, COLD]));
    assert_eq!(exits(&[hot], &around(&[])), Err(Unsure::Leaves(AT)));
    let into = jump(COLD, AT + 5);
    let found = exits(&[hot, cold(&into)], &around(&[]));
    assert_eq!(found, Err(Unsure::Inside(AT + 5)));
}

#[test]
fn doubts_are_told() {
    let table = [
        // jmp rax; jmp *table(,rax,8)
        (&[0xff, 0xe0][..], Unsure::Jump(AT)),
        (&[0xff, 0x24, 0xc5, 0, 0, 0, 0][..], Unsure::Jump(AT)),
        // iretq
        (&[0x48, 0xcf][..], Unsure::Jump(AT)),
        // half of a mov
        (&[0xc3, 0xb8, 1][..], Unsure::NotCode(AT + 1)),
        // a probe at the beginning; on an instruction that is run; where is jumped to
        (&[0xcc, 0xc3][..], Unsure::Breakpoint(AT)),
        (&[0x31, 0xc0, 0xcc, 0xc3][..], Unsure::Breakpoint(AT + 2)),
        (&[0x74, 1, 0xc3, 0xcc, 0xc3][..], Unsure::Breakpoint(AT + 3)),
        // je into the mov behind it
        (
            &[0x74, 1, 0xb8, 1, 0, 0, 0, 0xc3][..],
            Unsure::Inside(AT + 3),
        ),
    ];
    for (code, why) in table {
        assert_eq!(of(code, &around(&[])), Err(why), "{code:x?}");
    }
    // A jump that some table tells of.
    let code = [0xb8, 1, 0, 0, 0, 0xc3];
    assert_eq!(of(&code, &around(&[1])), Err(Unsure::Inside(AT + 1)));
}

#[test]
fn warnings_go_on_behind_their_trap() {
    // ud2; ret
    assert_eq!(of(&[0x0f, 0x0b, 0xc3], &around(&[])), Ok(vec![2]));
    // ret; ud2; padding: the trap of a bug. ud2; somebody's probe; ret
    let bug = [0xc3, 0x0f, 0x0b, 0xcc, 0xcc];
    assert_eq!(of(&bug, &around(&[])), Ok(vec![0]));
    let probed = [0x0f, 0x0b, 0xcc, 0xc3];
    assert_eq!(of(&probed, &around(&[])), Err(Unsure::Breakpoint(AT + 2)));
}

proptest::proptest! {
    #[test]
    fn takes_whatever_bytes_come(code in proptest::collection::vec(0u8.., 1..64)) {
        let piece = Piece { address: AT, bytes: &code };
        let _ = has_site(&piece);
        if let Ok(found) = exits(&[piece], &around(&[])) {
            proptest::prop_assert!(found.returns.iter().all(|&exit| exit < AT + code.len() as u64));
        }
    }
}
