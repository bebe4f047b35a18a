//! `--to svg`, read by an XML reader.

use kmodtrace::{assemble::Output, export::Svg, render::printable};
use kmodtrace_tests::{many::Many, recordings::KERNELS, told::Told};
use roxmltree::{Document, Node};

use super::Run;

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node
        .attribute(name)
        .unwrap_or_else(|| panic!("{name} of {node:?}"));
    text.parse().expect("a number")
}

/// Groups that stand for a load: they have a title.
fn loads<'d>(picture: &'d Document<'_>) -> Vec<Node<'d, 'd>> {
    let groups = picture.root_element().children();
    groups
        .filter(|node| {
            node.has_tag_name("g") && node.children().any(|child| child.has_tag_name("title"))
        })
        .collect()
}

/// Place and size of a load: the rectangle below its phases.
fn bar(group: Node<'_, '_>) -> [f64; 4] {
    let bar = group
        .children()
        .find(|node| node.attribute("class") == Some("g"))
        .expect("a bar");
    ["x", "y", "width", "height"].map(|name| number(bar, name))
}

#[test]
fn a_picture_is_xml_and_shows_every_load() {
    for kernel in KERNELS {
        let run = Run::recorded(kernel);
        let text = run.written(&mut Svg::default());
        let picture = Document::parse(&text).expect("XML");
        let root = picture.root_element();
        assert!(root.has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        let (width, height) = (number(root, "width"), number(root, "height"));
        let told = |output: &&Output| matches!(output, Output::Load(_) | Output::Unload(_));
        let told = run.outputs.iter().filter(told).count();
        let groups = loads(&picture);
        // Loads that share a pixel with a load like them are drawn once.
        assert!(
            groups.len() <= told && groups.len() * 10 >= told * 9,
            "{kernel}"
        );
        let bars: Vec<_> = groups.iter().map(|&group| bar(group)).collect();
        for (at, [x, y, wide, high]) in bars.iter().copied().enumerate() {
            assert!(
                x >= 0.0 && x + wide <= width && y + high <= height,
                "{kernel}"
            );
            for other in &bars[at + 1..] {
                // One pixel is the least width, whatever comes next.
                let apart = other[0] + 1.01 >= x + wide;
                assert!(other[1] != y || apart, "{kernel}: {x} {wide} {other:?}");
            }
        }
        let desc = root.children().find(|node| node.has_tag_name("desc"));
        let desc = desc.and_then(|node| node.text()).expect("a description");
        let said = format!(
            "{} loads · {} failed",
            run.summary.loads, run.summary.failed
        );
        assert!(desc.contains(&said), "{desc}");
    }
}

#[test]
fn phases_are_as_wide_as_they_are_long() {
    let run = Run::recorded("6.12");
    let text = run.written(&mut Svg::default());
    let picture = Document::parse(&text).expect("XML");
    let longest = run.outputs.iter().filter_map(|output| match output {
        Output::Load(load) => Some(load),
        _ => None,
    });
    let longest = longest.max_by_key(|load| load.total_ns).expect("a load");
    let name = longest
        .module
        .as_ref()
        .map(|name| printable(&name.0, false));
    let title = |group: &Node<'_, '_>| {
        group.text().map(str::to_owned).or_else(|| {
            group
                .first_element_child()
                .and_then(|title| title.text())
                .map(str::to_owned)
        })
    };
    let widest = loads(&picture)
        .into_iter()
        .max_by(|a, b| bar(*a)[2].total_cmp(&bar(*b)[2]));
    let widest = widest.expect("a load");
    assert!(title(&widest).is_some_and(|title| title.starts_with(&name.expect("a name"))));
    let shown = widest
        .children()
        .filter(|node| node.attribute("fill").is_some());
    let shown: f64 = shown.map(|node| number(node, "width")).sum();
    let phases: u64 = longest.phases.iter().map(|span| span.duration_ns).sum();
    let wanted = bar(widest)[2] * phases as f64 / longest.total_ns as f64;
    // Each may be up to half a pixel off.
    assert!((shown - wanted).abs() < 5.0, "{shown} for {wanted}");
}

/// That a picture is text and shapes, none of which acts.
fn is_inert(text: &str, picture: &Document<'_>) {
    for node in picture.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let known = [
            "svg", "title", "desc", "style", "rect", "text", "tspan", "path", "g",
        ];
        assert!(known.contains(&name), "{name}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on"), "{attribute:?}");
            assert!(!attribute.name().contains("href"), "{attribute:?}");
        }
    }
    let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!text.contains(acts));
}

#[test]
fn strings_are_text() {
    for kernel in KERNELS {
        let text = Run::hostile(kernel).written(&mut Svg::default());
        is_inert(&text, &Document::parse(&text).expect("XML"));
    }
    let text = Run::spoiled().written(&mut Svg::default());
    let picture = Document::parse(&text).expect("XML");
    is_inert(&text, &picture);
    let titles: Vec<_> = loads(&picture)
        .iter()
        .filter_map(|group| group.first_element_child()?.text())
        .collect();
    for shown in [
        "</script><script>",
        "<img src=x",
        "\\x1b[31mred",
        "\\xff\\xfe",
        "a\\u{202e}gnp",
        "=HYPERLINK",
        "long <b>\\x1b[2JWWW",
    ] {
        assert!(titles.iter().any(|title| title.contains(shown)), "{shown}");
    }
}

/// Many loads make no larger picture than fits into its pixels.
#[test]
fn a_picture_has_bounds() {
    let many = Many::of("6.12");
    let (_, frames) = many.loads(5_000);
    let run = Run(Told::of(frames.collect()));
    let text = run.written(&mut Svg::default());
    assert!(text.len() < 1_000_000, "{} bytes", text.len());
    Document::parse(&text).expect("XML");
}
