//! The decoder: whatever the bytes, it gives exactly the record or an error.

use kmodtrace::event::{DecodeError, Event, LoadKey, Name, decode};
use kmodtrace_common::wire::{
    KIND_HELPER_REQUEST, KIND_HELPER_TASK, KIND_SEGMENT, Mark, NAME_BYTES, SEGMENT_FINAL,
    SEGMENT_MARKS, Segment, TEXT_BYTES, Text, WIRE_VERSION,
};
use kmodtrace_tests::records::{facts, freed, helper, params, segment};
use proptest::{collection::vec, prelude::*};

const KEY: LoadKey = LoadKey {
    pid_tgid: (700 << 32) | 701,
    start_ns: 1_000,
};

fn any_mark() -> impl Strategy<Value = Mark> {
    any::<(u64, u16, u8, u8, u64, u64)>().prop_map(|(time_ns, hook, edge, flags, a, b)| Mark {
        time_ns,
        hook,
        edge,
        flags,
        reserved: 0,
        a,
        b,
    })
}

fn any_facts() -> impl Strategy<Value = Segment> {
    let numbers = any::<(u64, u32, u32, u32, u64, i64)>();
    let name = any::<[u8; NAME_BYTES]>();
    (numbers, name).prop_map(
        |((start_ns, flags, number, lost, end_ns, ret), name)| Segment {
            flags,
            number,
            lost,
            end_ns,
            ret,
            module_name: name,
            file_name: name,
            ..facts(LoadKey { start_ns, ..KEY })
        },
    )
}

#[test]
fn a_segment_keeps_its_facts_and_marks() {
    let mut sent = facts(KEY);
    sent.flags = SEGMENT_FINAL;
    let mark = Mark {
        time_ns: 5,
        hook: 7,
        ..Mark::default()
    };
    let Ok(Event::Segment(record)) = decode(&segment(&sent, &[mark, mark])) else {
        panic!("no segment");
    };
    assert_eq!(record.key, KEY);
    assert_eq!((record.key.pid(), record.key.tid()), (700, 701));
    assert_eq!(record.facts.flags, SEGMENT_FINAL);
    assert_eq!(record.marks, [mark, mark]);
}

#[test]
fn a_text_ends_at_its_count_or_at_a_nul() {
    let text = |record: &[u8]| match decode(record) {
        Ok(Event::Text(text)) => (text.text, text.truncated),
        other => panic!("{other:?}"),
    };
    let name = |bytes: &[u8]| Name(bytes.to_vec());
    assert_eq!(text(&params(KEY, b"a=1 b=2")), (name(b"a=1 b=2"), false));
    assert_eq!(text(&params(KEY, b"a\0b")), (name(b"a"), false));
    let long = [b'x'; TEXT_BYTES + 1];
    assert_eq!(text(&params(KEY, &long)), (name(&long[1..]), true));
}

#[test]
fn helpers_and_freed_memory() {
    let Ok(Event::HelperRequest(request)) = decode(&helper(KIND_HELPER_REQUEST, KEY, 5, 9)) else {
        panic!("no request");
    };
    assert_eq!(
        (request.key, request.time_ns, request.subprocess),
        (KEY, 5, 9)
    );
    let task = decode(&helper(KIND_HELPER_TASK, KEY, 5, 9));
    assert_eq!(task, Ok(Event::HelperTask(request)));
    let Ok(Event::Freed(freed)) = decode(&freed(1, 2, 3)) else {
        panic!("no freed");
    };
    assert_eq!((freed.batch_ns, freed.time_ns, freed.address), (1, 2, 3));
}

#[test]
fn what_is_no_record_says_why() {
    let whole = segment(&facts(KEY), &[Mark::default()]);
    assert_eq!(
        decode(&whole[..23]),
        Err(DecodeError::TooShort { found: 23 })
    );
    let with = |at: usize, byte: u8| {
        let mut record = whole.clone();
        record[at] = byte;
        decode(&record)
    };
    assert_eq!(with(2, 9), Err(DecodeError::Version { found: 9 }));
    assert_eq!(with(0, 77), Err(DecodeError::UnknownKind(77)));
    let expected = size_of::<Segment>() + 2 * size_of::<Mark>();
    let found = whole.len();
    let kind = KIND_SEGMENT;
    assert_eq!(
        with(4, 2),
        Err(DecodeError::Length {
            kind,
            expected,
            found
        })
    );
    let count = u32::try_from(SEGMENT_MARKS).unwrap() + 1;
    assert_eq!(
        with(4, u8::try_from(count).unwrap()),
        Err(DecodeError::Count { kind, count })
    );
}

proptest! {
    #[test]
    fn any_segment_comes_back(facts in any_facts(), marks in vec(any_mark(), 0..=SEGMENT_MARKS)) {
        let record = segment(&facts, &marks);
        let Ok(Event::Segment(decoded)) = decode(&record) else {
            panic!("no segment");
        };
        prop_assert_eq!(segment(&decoded.facts, &decoded.marks), record);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(record in vec(any::<u8>(), 0..2000)) {
        let _ = decode(&record);
    }

    /// Past the header checks, too: a valid header, then anything.
    #[test]
    fn any_body_is_decoded_or_refused(
        kind in 0_u16..8,
        count in prop_oneof![0_u32..200, any::<u32>()],
        body in vec(any::<u8>(), 0..2000),
    ) {
        let mut record = Vec::new();
        record.extend_from_slice(&kind.to_ne_bytes());
        record.extend_from_slice(&WIRE_VERSION.to_ne_bytes());
        record.extend_from_slice(&count.to_ne_bytes());
        record.extend_from_slice(&body);
        let _ = decode(&record);
    }

    /// Every record has exactly one length.
    #[test]
    fn no_part_of_a_record_is_a_record(
        marks in vec(any_mark(), 0..3),
        cut in 1_usize..4000,
        more in 1_usize..100,
    ) {
        for record in [
            segment(&facts(KEY), &marks),
            params(KEY, b"x"),
            helper(KIND_HELPER_TASK, KEY, 1, 2),
            freed(1, 2, 3),
        ] {
            let part = &record[..record.len().saturating_sub(cut)];
            prop_assert!(decode(part).is_err());
            let mut longer = record.clone();
            longer.resize(record.len() + more, 0);
            prop_assert!(decode(&longer).is_err());
        }
    }
}

#[test]
fn a_text_record_is_sent_whole() {
    assert_eq!(params(KEY, b"x").len(), size_of::<Text>());
}
