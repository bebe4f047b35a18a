//! Whatever comes in.

use kmodtrace::{
    event::{Benchmark, Contender, Given, HostEvent, InFlight, LoadKey, Name, Session, Side},
    trace::Frame,
};
use kmodtrace_common::wire::{
    BLOB_COMMAND_LINE, BLOB_LOG, BLOB_MODINFO, BLOB_PATH, BLOB_SECTION_NAMES, BLOB_SECTIONS, Calls,
    Facts, KIND_FIRMWARE, KIND_HELPER_REQUEST, KIND_HELPER_TASK, KIND_SYMBOL, Mark, Memory,
    SEGMENT_FINAL, Segment,
};
use kmodtrace_tests::{leaks, records};
use proptest::{collection::vec, prelude::*};
use zerocopy::FromZeros;

use crate::run::{Told, recording, redacted, session};

/// Kernel addresses from every area, and near its borders.
fn address() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => 0xffff_8000_0000_0000_u64..=0xffff_ffff_ffff_f000,
        2 => 0xffff_ffff_8000_0000_u64..0xffff_ffff_ff00_0000,
        2 => 0xffff_ffff_c0a0_0000_u64..0xffff_ffff_c0a1_0000,
        1 => Just(0_u64),
        1 => Just((-2_i64).cast_unsigned()),
    ]
}

fn text(bytes: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        address().prop_map(|address| format!("{address:#x}").into_bytes()),
        address().prop_map(|address| format!("{address:016X}").into_bytes()),
        address().prop_map(|address| format!("{address}").into_bytes()),
        vec(1_u8..=255, 0..4),
        Just(b" ".to_vec()),
    ];
    let joined = vec(piece, 0..6).prop_map(|pieces| pieces.join(&b'='));
    joined.prop_map(move |mut text| {
        text.truncate(bytes);
        text
    })
}

fn key() -> impl Strategy<Value = LoadKey> {
    (1_u64..4, 1_u64..4).prop_map(|(tid, start)| LoadKey {
        pid_tgid: tid << 32 | tid,
        start_ns: start * 1000,
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    (1_u16..60, 0_u8..3, address(), address(), 0_u64..9000).prop_map(
        |(hook, edge, a, b, time_ns)| Mark {
            time_ns,
            hook,
            edge,
            flags: 0,
            reserved: 0,
            a,
            b,
        },
    )
}

fn segment() -> impl Strategy<Value = Vec<u8>> {
    let syscall = prop::sample::select(vec![1, 2, 58]);
    let values = (any::<bool>(), syscall, [(); 9].map(|()| address()));
    let names = (text(64), text(16), text(64), text(64));
    (key(), values, names, vec(mark(), 0..6)).prop_map(|(key, (ends, syscall, a), names, marks)| {
        let mut facts = Segment::new_zeroed();
        facts.header = records::facts(key).header;
        facts.syscall = syscall;
        facts.flags = if ends { SEGMENT_FINAL } else { 0 };
        facts.ret = a[0].cast_signed();
        (facts.module, facts.copy, facts.load_info) = (a[1], a[2], a[3]);
        facts.init_memory = [a[4], a[5], a[6]];
        facts.symbols = Calls {
            longest_at: a[7],
            last_at: a[8],
            ..Calls::default()
        };
        for (into, from) in [
            (&mut facts.longest_symbol[..], &names.0),
            (&mut facts.comm[..], &names.1),
            (&mut facts.module_name[..], &names.2),
            (&mut facts.file_name[..], &names.3),
        ] {
            into[..from.len()].copy_from_slice(from);
        }
        records::segment(&facts, &marks)
    })
}

fn facts() -> impl Strategy<Value = Vec<u8>> {
    (key(), [(); 9].map(|()| address()), 0_u32..0x5000).prop_map(|(key, a, size)| {
        let mut facts = Facts {
            known: 0x1f,
            init: a[7],
            percpu: a[8],
            percpu_bytes: 8,
            ..Facts::default()
        };
        for (memory, &base) in facts.memory.iter_mut().zip(&a) {
            *memory = Memory {
                base,
                size,
                ..Memory::default()
            };
        }
        records::fixed(key, &facts)
    })
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    let whats = [
        BLOB_PATH,
        BLOB_COMMAND_LINE,
        BLOB_SECTION_NAMES,
        BLOB_MODINFO,
        99,
    ];
    let text = (key(), prop::sample::select(whats.to_vec()), text(4000));
    let text = text.prop_map(|(key, what, text)| records::blob(key, what, &text));
    let section = (0_u32..100, 0_u64..8, address(), 0_usize..3);
    let section = section.prop_map(|(name, flags, address, cut)| {
        let header = records::section(name, 1, flags, address, 64);
        header[..64 - cut * 20].to_vec()
    });
    let sections = (key(), vec(section, 0..5));
    let sections =
        sections.prop_map(|(key, headers)| records::blob(key, BLOB_SECTIONS, &headers.concat()));
    let log = (key(), self::text(4000)).prop_map(|(key, text)| {
        let line = [&5_u64.to_le_bytes()[..], &text].concat();
        records::blob(key, BLOB_LOG, &line)
    });
    prop_oneof![text, sections, log]
}

fn small() -> impl Strategy<Value = Vec<u8>> {
    let kinds = [KIND_SYMBOL, KIND_FIRMWARE];
    let named = (
        prop::sample::select(kinds.to_vec()),
        key(),
        address(),
        text(64),
        text(64),
    );
    let named = named.prop_map(|(kind, key, value, a, b)| records::named(kind, key, value, &a, &b));
    let kinds = [KIND_HELPER_REQUEST, KIND_HELPER_TASK];
    let helper = (prop::sample::select(kinds.to_vec()), key(), address());
    let helper = helper.prop_map(|(kind, key, at)| records::helper(kind, key, 5, at));
    let freed = (0_u64..5, 0_u64..9000, address());
    let freed = freed.prop_map(|(batch, time, at)| records::freed(batch, time, at));
    let params = (key(), text(1000)).prop_map(|(key, text)| {
        let mut record = records::params(key, &text);
        // Whatever the ring held before.
        let end = record.len();
        record[end - 8..].copy_from_slice(&0xffff_8881_2345_6789_u64.to_le_bytes());
        record
    });
    let request = (key(), text(64)).prop_map(|(key, text)| records::request(key, 7, &text));
    let exit = key().prop_map(|key| records::exit(key, 9000));
    prop_oneof![4 => named, 2 => helper, 2 => freed, 2 => params, 1 => request, 1 => exit]
}

fn in_flight() -> impl Strategy<Value = InFlight> {
    let marks = vec(
        (1_u16..60, 0_u8..3, 0_u64..9000, address(), address()),
        0..5,
    );
    (key(), text(16), text(64), text(64), marks).prop_map(|(key, comm, module, file, marks)| {
        InFlight {
            key,
            comm: Name(comm),
            module: Name(module),
            file: Name(file),
            syscall: 2,
            marks,
            seen_ns: 9000,
        }
    })
}

fn benchmark(texts: [Vec<u8>; 5]) -> Benchmark {
    let [module, file, params, prepare, needed] = texts.map(Name);
    Benchmark {
        contenders: vec![Contender {
            side: Side::A,
            module,
            file,
            given: Given::File,
        }],
        rounds: 1,
        warmup: 0,
        untraced: 0,
        params,
        prepare: Some(prepare),
        drop_caches: false,
        seed: 0,
        dependencies: vec![needed],
    }
}

fn host() -> impl Strategy<Value = HostEvent> {
    prop_oneof![
        vec(in_flight(), 0..3).prop_map(|loads| HostEvent::InFlight { loads }),
        in_flight().prop_map(|load| HostEvent::TaskGone {
            key: load.key,
            load
        }),
        (1_u64..9, text(100)).prop_map(|(id, path)| HostEvent::Cgroup {
            id,
            path: Name(path)
        }),
        (key(), text(100), text(64)).prop_map(|(key, line, user)| HostEvent::Registered {
            key,
            line: Some(Name(line)),
            uses: vec![Name(user)],
            build_id: vec![1; 20],
        }),
        [(); 5]
            .map(|()| text(100))
            .prop_map(|texts| HostEvent::Benchmark(benchmark(texts))),
    ]
}

fn frame() -> impl Strategy<Value = Frame> {
    prop_oneof![
        4 => segment().prop_map(Frame::Record),
        2 => facts().prop_map(Frame::Record),
        3 => blob().prop_map(Frame::Record),
        4 => small().prop_map(Frame::Record),
        2 => host().prop_map(Frame::Host),
        1 => text(200).prop_map(|area| session(Session {
            redacted: false,
            module_area: Some((0xffff_ffff_c000_0000, 0xffff_ffff_ff00_0000)),
            command: Some(vec![Name(area)]),
            ..Session::default()
        })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_address_comes_through(frames in vec(frame(), 0..30)) {
        let all = [vec![session(Session::default())], frames].concat();
        let after = redacted(&all);
        prop_assert_eq!(all.len(), after.len());
        for frame in &after {
            let found = leaks::in_frame(frame);
            prop_assert!(found.is_empty(), "{:?} in {:?}", found, frame);
        }
        prop_assert!(leaks::in_text(&recording(&after)).is_empty());
        let found = leaks::in_text(&Told::of(&after).printed());
        prop_assert!(found.is_empty(), "{:?}", found);
        // Loads that did not end may be passed on at another moment.
        let sorted = |frames: &[Frame]| {
            let mut frames: Vec<_> = frames.iter().map(|frame| format!("{frame:?}")).collect();
            frames.sort();
            frames
        };
        prop_assert_eq!(sorted(&redacted(&after)), sorted(&after));
    }

    /// What is no record is not passed on, only that something was there.
    #[test]
    fn no_bytes_of_what_is_not_understood_come_through(
        kind in 0_u16..40,
        version in 0_u16..3,
        bytes in vec(any::<u8>(), 0..200),
    ) {
        let record = [&kind.to_le_bytes()[..], &version.to_le_bytes(), &bytes].concat();
        let understood = Frame::Record(record.clone()).decode().is_ok();
        let after = redacted(&[Frame::Record(record.clone())]);
        let [Frame::Record(left)] = after.as_slice() else {
            return Err(TestCaseError::fail("not one record"));
        };
        if !understood {
            prop_assert!(Frame::Record(left.clone()).decode().is_err());
            let known: &[u8] = if record.len() < 24 { &[] } else { &record[..4] };
            prop_assert_eq!(&left[..known.len()], known);
            prop_assert!(left[known.len()..].iter().all(|&byte| byte == 0));
        }
    }
}
