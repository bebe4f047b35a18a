//! `--to html`.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::ZlibDecoder;
use kmodtrace::{export::Html, render::Renderer as _};
use kmodtrace_tests::{many::Many, recordings::KERNELS};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Run;

/// The texts of elements `name` whose tag has `attribute`, found as a browser finds them: up to the next end tag.
fn elements<'p>(page: &'p str, name: &str, attribute: &str) -> Vec<&'p str> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find(&format!("<{name}")) {
        let (tag, behind) = rest[at..].split_once('>').expect("the tag's end");
        let (text, behind) = behind
            .split_once(&format!("</{name}>"))
            .expect("the end tag");
        if tag.contains(attribute) {
            found.push(text);
        }
        rest = behind;
    }
    found
}

fn data(page: &str, class: &str) -> Vec<Value> {
    let class = format!("class=\"{class}\"");
    let texts = elements(page, "script", &class).into_iter();
    texts
        .map(|text| serde_json::from_str(text).expect("JSON"))
        .collect()
}

/// Lines of a `details` element.
fn unpacked(packed: &str) -> Vec<String> {
    let bytes = STANDARD.decode(packed).expect("base64");
    let mut text = String::new();
    ZlibDecoder::new(&*bytes)
        .read_to_string(&mut text)
        .expect("deflated text");
    text.lines().map(str::to_owned).collect()
}

fn check(run: &Run) {
    let page = run.written(&mut Html::default());
    let json = run.json();
    let schema = |line: &&String, name: &str| {
        line.starts_with(&format!("{{\"schema\":\"kmodtrace.{name}/1\""))
    };
    // Every line is there as it is.
    let details = elements(&page, "script", "class=\"details\"");
    let details: Vec<_> = details.into_iter().flat_map(unpacked).collect();
    let told = json
        .iter()
        .filter(|line| schema(line, "load") || schema(line, "unload"));
    assert!(told.clone().eq(details.iter()), "loads and unloads");
    let index = data(&page, "index");
    let updates: Vec<_> = index
        .iter()
        .flat_map(|block| block["updates"].as_array().expect("an array"))
        .collect();
    let known = json.iter().filter(|line| schema(line, "update"));
    let known: Vec<Value> = known
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(known.iter().eq(updates), "updates");
    let summary: Value = serde_json::from_str(json.last().expect("lines")).expect("JSON");
    assert_eq!(data(&page, "summary"), [summary]);
    // The index says the same, in the same order.
    let phases = data(&page, "phases");
    let name = |place: &Value| {
        let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
        phases[0][place.expect("a place")]["name"].clone()
    };
    let session = &data(&page, "session")[0];
    let base_ns: i128 = session["base_ns"]
        .as_str()
        .and_then(|base| base.parse().ok())
        .expect("a number");
    let rows = index
        .iter()
        .flat_map(|block| block["rows"].as_array().expect("an array"));
    for (row, line) in rows.zip(told) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(row["id"], line["id"]);
        assert_eq!(row["comm"], line["comm"]);
        assert_eq!(row["total"], line["total_ns"]);
        assert_eq!(row["unattributed"], line["unattributed_ns"]);
        let start = i128::from(line["start_ns"].as_u64().expect("a time"));
        assert_eq!(
            row["start"],
            i64::try_from(start - base_ns).expect("a small number")
        );
        let result = row
            .get("result")
            .map_or("OK", |result| result.as_str().expect("text"));
        assert_eq!(result, line["result"]["name"]);
        let spans = row["phases"].as_array().expect("an array").iter();
        for (span, phase) in spans.zip(line["phases"].as_array().expect("an array")) {
            let covers = match &span[0] {
                Value::Array(places) => places.iter().map(name).collect(),
                place => vec![name(place)],
            };
            assert_eq!(Value::Array(covers), phase["covers"]);
            assert_eq!(span[1], phase["offset_ns"]);
            assert_eq!(span[2], phase["duration_ns"]);
            assert_eq!(span[3] == 1, phase["bounds"] == "inferred");
        }
        assert_eq!(
            row["phases"].as_array().map(Vec::len),
            line["phases"].as_array().map(Vec::len)
        );
    }
}

#[test]
fn a_page_holds_what_json_prints() {
    for kernel in KERNELS {
        check(&Run::recorded(kernel));
    }
}

#[test]
fn no_string_leaves_its_element() {
    let check = |hostile: &Run, kernel: &str| {
        check(hostile);
        let hostile = hostile.written(&mut Html::default());
        let tame = Run::recorded(kernel).written(&mut Html::default());
        for (tag, in_a_block) in [
            ("<script", 2),
            ("</script", 2),
            ("<img", 0),
            ("<!--", 0),
            ("<style", 0),
            ("<b", 0),
        ] {
            // More data are in more blocks, of two elements each.
            let count = |page: &str| {
                let blocks = elements(page, "script", "class=\"index\"").len();
                page.matches(tag).count() - blocks * in_a_block
            };
            assert_eq!(count(&hostile), count(&tame), "{kernel}: {tag}");
        }
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!hostile.contains(acts), "{kernel}");
    };
    check(&Run::spoiled(), "6.12");
    for kernel in KERNELS {
        check(&Run::hostile(kernel), kernel);
    }
}

/// The only script that may run is the page's, and it asks for nothing.
#[test]
fn a_page_is_closed() {
    let page = Run::recorded("6.12").written(&mut Html::default());
    let (_, policy) = page
        .split_once("Content-Security-Policy\" content=\"")
        .expect("a policy");
    let (policy, _) = policy.split_once('"').expect("its end");
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<_> = elements(&page, "script", "<script");
    let own = scripts.first().expect("a script");
    let styles = elements(&page, "style", "<style");
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
            hash(own),
            hash(styles[0])
        )
    );
    assert_eq!(styles.len(), 1);
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

/// What has been told is written, up to one block; the rest of the page is as large as ever.
#[test]
fn a_page_is_written_while_it_grows() {
    let many = Many::of("6.12");
    let mut page = Html::default();
    let mut out = Vec::new();
    let (mut told, mut written, mut at) = (0, 0, 0);
    for round in 0..40 {
        let run = many.told(round << 32);
        if round == 0 {
            page.session(&run.session, &mut out).expect("memory");
        }
        for load in run.loads() {
            page.load(load, &mut out).expect("memory");
        }
        told += run.loads().count();
        let new = str::from_utf8(&out[at..]).expect("UTF-8");
        written += new.matches("\"id\":\"").count();
        at = out.len();
        assert!(told - written <= 32, "{written} of {told}");
    }
}

/// A run without loads, or of which nothing else is known.
#[test]
fn an_empty_page_is_whole() {
    let mut out = Vec::new();
    Html::default()
        .summary(&kmodtrace::model::Summary::default(), &mut out)
        .expect("memory");
    let page = String::from_utf8(out).expect("UTF-8");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(data(&page, "summary").len(), 1);
    assert!(data(&page, "index").is_empty());
}
