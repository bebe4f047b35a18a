//! `compare`, and its recipes (`docs/compare.md`).

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    loads::{Longer, Real},
    scene::{Done, run},
};

const MODULE: &str = "nf_tables";

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn compare(args: &[&str]) -> Done {
    run(&[&["compare"], args].concat())
}

fn relocate(percent: u64) -> Option<Longer<'static>> {
    Some(Longer {
        phase: "relocate",
        percent,
    })
}

/// Recordings of one boot: 31 loads each, the second one with relocations that take that much longer.
fn pair(percent: u64) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let real = Real::of("6.12", MODULE);
    let dir = tempfile::tempdir().expect("a directory");
    let [base, new] = ["base.kmt", "new.kmt"].map(|name| dir.path().join(name));
    real.write("one", 31, None, &base);
    // Another part of the same boot.
    real.write_as(
        "two",
        31,
        relocate(percent),
        |it| it.boot_id = "one".to_owned(),
        &new,
    );
    (dir, base, new)
}

#[test]
fn a_slower_phase_is_found_and_named() {
    let (_dir, base, new) = pair(20);
    let done = compare(&["--json", text(&base), text(&new)]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    let module = &json["modules"][0];
    assert_eq!(
        (&module["base"]["module"], &module["design"]),
        (&MODULE.into(), &"one_boot".into())
    );
    assert_eq!(module["loads"], serde_json::json!([30, 30]));
    assert_eq!(module["left_out"][0]["first"], 1);
    let rows = module["rows"].as_array().expect("rows").iter();
    let changed = rows.filter(|row| row["verdict"] != "no_clear_change" && row["name"] != "total");
    let changed: Vec<_> = changed.map(|row| (&row["name"], &row["verdict"])).collect();
    assert_eq!(changed, [(&"relocate".into(), &"slower".into())]);
    assert_eq!(json["regression"], true);
    let said = compare(&[text(&base), text(&new)]).out;
    assert!(
        said.contains("slower by") && said.contains("relocate"),
        "{said}"
    );
    // The other way round it is faster.
    let back = compare(&["--json", text(&new), text(&base)]).json();
    assert_eq!(back["regression"], false);
    let row = |json: &serde_json::Value| {
        let rows = json["modules"][0]["rows"].as_array().expect("rows").clone();
        rows.into_iter()
            .find(|row| row["name"] == "relocate")
            .expect("there")
    };
    assert_eq!(row(&back)["verdict"], "faster");
    assert_eq!(
        row(&back)["change_ns"].as_i64(),
        row(&json)["change_ns"].as_i64().map(|ns| -ns)
    );
}

#[test]
fn gates_decide_the_exit_code() {
    let (_dir, base, new) = pair(20);
    let (base, new) = (text(&base), text(&new));
    assert_eq!(compare(&["--fail-on-regression", base, new]).code, 1);
    assert_eq!(compare(&["--fail-on-regression", new, base]).code, 0);
    assert_eq!(
        compare(&["--fail-on-regression", "--min-change", "50%", base, new]).code,
        0
    );
    assert_eq!(compare(&["--max", "total=1h", base, new]).code, 2);
    assert_eq!(
        compare(&["--max", "total=1000s", "--max", "relocate=100s", base, new]).code,
        0
    );
    let done = compare(&["--max", "relocate=1ns", base, new]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("relocate takes"), "{}", done.out);
    let done = compare(&["--max", "reloc=1ms", base, new]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("there is no phase \"reloc\"") && done.err.contains("relocate"),
        "{}",
        done.err
    );
    let done = compare(&["--min-change", "much", base, new]);
    assert_eq!(done.code, 2);
}

#[test]
fn nothing_has_changed() {
    let (_dir, base, new) = pair(0);
    let done = compare(&["--json", "--fail-on-regression", text(&base), text(&new)]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    assert_eq!(json["modules"][0]["verdict"], "no_clear_change");
    let said = compare(&[text(&base), text(&new)]).out;
    assert!(
        said.contains("no clear change") && !said.contains("slower"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (dir, base, new) = pair(0);
    let real = Real::of("6.12", MODULE);
    let empty = dir.path().join("empty.kmt");
    real.write("one", 0, None, &empty);
    let other = dir.path().join("other.kmt");
    Real::of("6.12", "libcrc32c").write("one", 9, None, &other);
    let none = dir.path().join("none");
    fs::create_dir(&none).expect("made");
    for (args, why) in [
        ([text(&base), text(&base)], "BASE and NEW are the same"),
        ([text(&base), text(&empty)], "holds no such loads"),
        (
            [text(&base), text(&other)],
            "no module was loaded on both sides",
        ),
        ([text(&base), text(&none)], "holds no recordings"),
        ([text(&base), "/nowhere"], "cannot read /nowhere"),
    ] {
        let done = compare(&args);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{args:?}");
        assert!(done.err.contains(why), "{args:?}: {}", done.err);
    }
    let done = compare(&[text(&base)]);
    assert!(
        done.code == 2 && done.err.contains("is no benchmark of two modules"),
        "{}",
        done.err
    );
    let done = compare(&["--module", "nothing", text(&base), text(&new)]);
    assert!(
        done.code == 2 && done.err.contains("holds no such loads"),
        "{}",
        done.err
    );
    // What is undamaged is compared.
    let bytes = fs::read(&new).expect("read");
    let cut = dir.path().join("cut.kmt");
    let mut damaged = bytes;
    let at = damaged.len() - 4000;
    damaged[at] ^= 0xff;
    fs::write(&cut, damaged).expect("written");
    let done = compare(&[text(&base), text(&cut)]);
    assert_eq!(done.code, 5, "{}", done.err);
    assert!(done.out.contains(MODULE), "{}", done.out);
    // Few loads say nothing, and say that.
    let few = dir.path().join("few.kmt");
    real.write("one", 2, relocate(900), &few);
    let json = compare(&["--json", text(&base), text(&few)]).json();
    assert_eq!(json["modules"][0]["verdict"], "too_few_loads");
}

#[test]
fn recipe_in_ci() {
    let (dir, base, new) = pair(20);
    let comment = compare(&[
        "--markdown",
        "--fail-on-regression",
        text(&base),
        text(&new),
    ]);
    assert_eq!(comment.code, 1);
    assert!(
        comment.out.starts_with("### Module loads: 1 slower\n"),
        "{}",
        comment.out
    );
    assert!(
        comment.out.contains("| 🔴 | <code>nf&#95;tables</code> |"),
        "{}",
        comment.out
    );
    drop(dir);
}

#[test]
fn recipe_two_kernels() {
    let dir = tempfile::tempdir().expect("a directory");
    let [old, new] = ["6.1", "6.12"].map(|kernel| {
        let path = dir.path().join(format!("{kernel}.kmt"));
        Real::of(kernel, MODULE).write(kernel, 31, None, &path);
        path
    });
    let done = compare(&["--json", text(&old), text(&new)]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    let names = json["differences"].as_array().expect("a list").iter();
    let names: Vec<_> = names
        .map(|it| it["name"].as_str().expect("a name"))
        .collect();
    assert!(
        names.contains(&"kernel") && names.contains(&"probes"),
        "{names:?}"
    );
    let module = &json["modules"][0];
    assert_eq!(module["design"], "few_boots");
    // Phases that one of the kernels does not tell apart are one row, and the rows add up.
    let rows = module["rows"].as_array().expect("rows");
    let total = rows[0]["median_ns"][0].as_u64().expect("a number");
    let phases = rows[1..]
        .iter()
        .map(|row| row["median_ns"][0].as_u64().expect("a number"));
    let sum: u64 = phases.sum();
    assert!(sum.abs_diff(total) < total / 50, "{sum} {total}");
}

#[test]
fn recipe_two_boards() {
    let dir = tempfile::tempdir().expect("a directory");
    let real = Real::of("6.12", MODULE);
    let [here, there] = ["here", "there"].map(|name| dir.path().join(format!("{name}.kmt")));
    real.write("here", 31, None, &here);
    let board = |session: &mut kmodtrace::event::Session| {
        session.machine = "aarch64".to_owned();
        session.environment.cpu_model = Some("Cortex-A72".to_owned());
    };
    real.write_as("there", 31, relocate(400), board, &there);
    let done = compare(&[text(&here), text(&there)]);
    assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
    for part in ["machine differs (x86_64; aarch64)", "--force"] {
        assert!(done.err.contains(part), "{}", done.err);
    }
    let done = compare(&["--force", text(&here), text(&there)]);
    assert_eq!(done.code, 0, "{}", done.err);
    for part in ["machine differs: x86_64 → aarch64", "relocate"] {
        assert!(done.out.contains(part), "{}", done.out);
    }
}

#[test]
fn several_boots_on_each_side() {
    let dir = tempfile::tempdir().expect("a directory");
    let real = Real::of("6.12", MODULE);
    let sides = ["base", "new"].map(|side| {
        let path = dir.path().join(side);
        fs::create_dir(&path).expect("made");
        fs::write(path.join("notes.txt"), "no recording").expect("written");
        path
    });
    for n in 0..4 {
        real.write(
            &format!("base {n}"),
            12,
            None,
            &sides[0].join(format!("{n}.kmt")),
        );
        real.write(
            &format!("new {n}"),
            12,
            relocate(20),
            &sides[1].join(format!("{n}.kmt")),
        );
    }
    let json = compare(&["--json", text(&sides[0]), text(&sides[1])]).json();
    let module = &json["modules"][0];
    assert_eq!(module["design"], "many_boots");
    assert_eq!(module["boots"], serde_json::json!([4, 4]));
    let rows = module["rows"].as_array().expect("rows").iter();
    let slower = rows.filter(|row| row["verdict"] == "slower");
    let slower: Vec<_> = slower.map(|row| &row["name"]).collect();
    assert_eq!(slower, ["relocate"], "{module}");
}

/// A repository in which the third of five commits makes relocations slower; each commit has the recording that its
/// module makes.
#[test]
fn recipe_git_bisect() {
    let dir = tempfile::tempdir().expect("a directory");
    let real = Real::of("6.12", MODULE);
    let good = dir.path().join("good.kmt");
    real.write("good", 31, None, &good);
    let repo = dir.path().join("repo");
    fs::create_dir(&repo).expect("made");
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@t",
                "-c",
                "init.defaultBranch=m",
            ])
            .args(args)
            .current_dir(&repo)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git runs");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(
            done.status.success(),
            "{args:?}: {said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        said
    };
    git(&["init", "-q"]);
    let mut commits = Vec::new();
    for n in 0..5 {
        let slower = if n >= 3 { relocate(30) } else { None };
        let name = format!("commit {n}");
        real.write_as(
            &name,
            31,
            slower,
            |it| it.boot_id = "good".to_owned(),
            &repo.join("new.kmt"),
        );
        git(&["add", "."]);
        git(&["commit", "-q", "-m", &name]);
        commits.push(git(&["rev-parse", "HEAD"]).trim().to_owned());
    }
    // The recipe: build, record, compare; 125 where that is not possible.
    let script = dir.path().join("step.sh");
    let program = env!("CARGO_BIN_EXE_kmodtrace");
    let good = text(&good);
    let recipe = format!(
        "#!/bin/sh\n{program} compare {good} new.kmt --fail-on-regression >/dev/null\ncase $? in 0) exit 0 ;; 1) exit 1 ;; *) exit 125 ;; esac\n"
    );
    fs::write(&script, recipe).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("set");
    git(&["bisect", "start", &commits[4], &commits[0]]);
    let said = git(&["bisect", "run", text(&script)]);
    assert!(
        said.contains(&format!("{} is the first bad commit", commits[3])),
        "{said}"
    );
}
