//! What the renderers print for loads made by hand.

#[path = "render/loads.rs"]
mod loads;
#[path = "render/runs.rs"]
mod runs;

use kmodtrace::{
    catalogue::{HookId, phase::Phase},
    error::EXIT_CODES,
    model::{Call, CallValue, Summary},
    render::{Format, Renderer, Style, renderer},
};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

fn printed(
    format: Format,
    style: Style,
    write: impl Fn(&mut dyn Renderer, &mut Vec<u8>),
) -> String {
    let mut out = Vec::new();
    write(&mut *renderer(format, style), &mut out);
    String::from_utf8(out).expect("renderers write UTF-8")
}

/// Every load, an update and the summary.
fn everything(format: Format, style: Style) -> String {
    printed(format, style, |renderer, out| {
        for (_, load) in loads::all() {
            renderer.load(&load, out).expect("a Vec takes everything");
        }
        renderer
            .update(&runs::update(), out)
            .expect("a Vec takes everything");
        renderer
            .summary(&runs::summary(), out)
            .expect("a Vec takes everything");
    })
}

fn style(width: usize, unicode: bool, verbose: bool) -> Style {
    let color = false;
    Style {
        width,
        unicode,
        color,
        verbose,
        ..Style::default()
    }
}

/// Memory that is made executable again has an address and a size too.
#[test]
fn only_allocations_count_as_memory() {
    let mut load = loads::success();
    let memory = |load: &kmodtrace::model::Load| {
        let text = printed(Format::Terminal, style(80, true, false), |renderer, out| {
            renderer.load(load, out).expect("a Vec takes everything");
        });
        let line = text
            .lines()
            .find(|line| line.contains("memory "))
            .map(str::to_owned);
        line.expect("a line")
    };
    let before = memory(&load);
    let span = load.phases.last_mut().expect("a phase");
    span.calls.push(Call {
        name: HookId::RESTORE_ROX.hook().expect("a hook").name,
        start_ns: span.start_ns,
        duration_ns: None,
        values: vec![
            ("address", CallValue::Address(0xffff_ffff_c0a0_0000)),
            ("bytes", CallValue::Number(1 << 20)),
        ],
    });
    assert_eq!(memory(&load), before);
}

#[test]
fn terminal_80() {
    insta::assert_snapshot!(everything(Format::Terminal, style(80, true, false)));
}

#[test]
fn terminal_60_ascii() {
    insta::assert_snapshot!(everything(Format::Terminal, style(60, false, false)));
}

#[test]
fn terminal_80_verbose() {
    insta::assert_snapshot!(everything(Format::Terminal, style(80, true, true)));
}

#[test]
fn brief_80() {
    insta::assert_snapshot!(everything(Format::Brief, style(80, true, false)));
}

#[test]
fn brief_60_ascii() {
    insta::assert_snapshot!(everything(Format::Brief, style(60, false, false)));
}

#[test]
fn json() {
    insta::assert_snapshot!(everything(Format::Json, Style::default()));
}

#[test]
fn terminal_colours() {
    let color = Style {
        color: true,
        ..Style::default()
    };
    let text = printed(Format::Terminal, color, |renderer, out| {
        renderer.load(&loads::failure(), out).unwrap();
    });
    insta::assert_snapshot!(text.replace('\x1b', "^"));
}

#[test]
fn a_command_without_loads() {
    let nothing = Summary {
        command: Some(0),
        ..Summary::default()
    };
    let text = printed(Format::Terminal, Style::default(), |renderer, out| {
        renderer.summary(&nothing, out).unwrap();
    });
    insta::assert_snapshot!(text);
}

/// What is said of a command's loads, when not all is printed.
#[test]
fn a_command_that_made_no_load_itself() {
    let mut others = Summary {
        command: Some(0),
        by_command: Some(0),
        ..Summary::default()
    };
    others.add(&loads::success());
    let filtered = |by_command| Summary {
        command: Some(3),
        by_command: Some(by_command),
        passed_over: 2,
        ..Summary::default()
    };
    let text = printed(Format::Terminal, Style::default(), |renderer, out| {
        for summary in [&others, &filtered(0), &filtered(1)] {
            renderer.summary(summary, out).unwrap();
        }
    });
    let told: Vec<_> = text.lines().filter(|line| line.contains("load")).collect();
    assert_eq!(
        told,
        [
            "1 load · 18.7 ms in all · none by the command itself",
            "no load was printed while the command ran; it ended with 3",
            "  2 loads were passed over: they were not asked for, and not made by the command",
            "no load was printed while the command ran; it ended with 3",
            "  2 loads were passed over: they were not asked for",
        ]
    );
}

#[test]
fn no_line_exceeds_the_width_or_acts_on_the_terminal() {
    for format in [Format::Terminal, Format::Brief] {
        for width in [0, 50, 60, 72, 80, 132, 200] {
            for (unicode, verbose) in [(true, false), (true, true), (false, false), (false, true)] {
                let text = everything(format, style(width, unicode, verbose));
                for line in text.lines() {
                    assert!(
                        line.width() <= width.max(Style::MIN_WIDTH),
                        "{width}: {line}"
                    );
                    assert!(!line.chars().any(char::is_control), "{line:?}");
                    assert!(unicode || line.is_ascii(), "{line}");
                    assert_eq!(line, line.trim_end());
                }
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for format in [Format::Terminal, Format::Brief] {
        let plain = everything(format, style(80, true, true));
        let color = Style {
            color: true,
            ..style(80, true, true)
        };
        let mut bare = String::new();
        for (i, part) in everything(format, color).split("\x1b[").enumerate() {
            let text = if i == 0 {
                part
            } else {
                part.split_once('m').unwrap().1
            };
            bare.push_str(text);
        }
        assert_eq!(bare, plain);
    }
}

#[test]
fn json_lines_parse_and_their_sums_hold() {
    let text = everything(Format::Json, Style::default());
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let schemas: Vec<_> = lines
        .iter()
        .map(|line| line["schema"].as_str().unwrap())
        .collect();
    assert!(
        schemas[..9]
            .iter()
            .all(|schema| *schema == "kmodtrace.load/1")
    );
    assert_eq!(schemas[9..], ["kmodtrace.update/1", "kmodtrace.summary/1"]);
    let number = |value: &Value| value.as_u64().unwrap();
    for (line, (_, load)) in lines.iter().zip(loads::all()) {
        let phases = line["phases"].as_array().unwrap();
        let phases: u64 = phases
            .iter()
            .map(|phase| number(&phase["duration_ns"]))
            .sum();
        assert_eq!(
            phases + number(&line["unattributed_ns"]),
            number(&line["total_ns"])
        );
        assert_eq!(number(&line["total_ns"]), load.total_ns);
        assert_eq!(line["id"], load.id.to_string());
    }
}

#[test]
fn json_says_which_strings_were_escaped() {
    let text = printed(Format::Json, Style::default(), |renderer, out| {
        renderer.load(&loads::hostile(), out).unwrap();
    });
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        line["escaped"],
        serde_json::json!(["module", "symbols.longest"])
    );
    assert_eq!(line["module"], "a\x1b[2J\\xff\\xfe\\\\b\nc");
    assert_eq!(line["comm"], "\u{202e}edoc\u{200b}");
}

/// Every key of an object, and of the objects in it.
fn keys(value: &Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                // What stands in there is named by hooks.
                if key != "values" {
                    keys(value, found);
                }
            }
        }
        Value::Array(array) => array.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_json_field_and_phase_is_documented() {
    let documentation = include_str!("../../docs/output.md");
    let mut names = std::collections::BTreeSet::new();
    for line in everything(Format::Json, Style::default()).lines() {
        keys(&serde_json::from_str(line).unwrap(), &mut names);
    }
    names.extend(Phase::ALL.map(|phase| phase.name().to_owned()));
    for name in names {
        assert!(
            documentation.contains(&format!("`{name}`")),
            "{name} is not documented"
        );
    }
}

#[test]
fn exit_codes_are_documented() {
    let documentation = include_str!("../../docs/output.md").replace('`', "");
    // Long ones go on in a line of their own.
    let codes = EXIT_CODES.replace("\n     ", " ");
    for line in codes.lines().filter_map(|line| line.strip_prefix("  ")) {
        let (code, meaning) = line.split_once("  ").unwrap();
        assert!(
            documentation.contains(&format!("| {code} | {meaning} |")),
            "{line}"
        );
    }
}
