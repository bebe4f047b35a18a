//! Names of files that make room.

use std::os::unix::fs::symlink;

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let name = path.file_name().expect("a name").to_string_lossy();
            format!("{name} {text}")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn files_make_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    for n in 0..3 {
        shift(&path, None).expect("shifted");
        fs::write(&path, n.to_string()).expect("written");
    }
    assert_eq!(names(directory.path()), ["f 2", "f.1 1", "f.2 0"]);
    // A gap ends the set.
    fs::write(directory.path().join("f.9"), "other").expect("written");
    shift(&path, None).expect("shifted");
    assert_eq!(
        names(directory.path()),
        ["f.1 2", "f.2 1", "f.3 0", "f.9 other"]
    );
}

#[test]
fn the_oldest_are_removed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    for (name, text) in [("f", "3"), ("f.1", "2"), ("f.2", "1"), ("f.3", "0")] {
        fs::write(directory.path().join(name), text).expect("written");
    }
    shift(&path, Some(3)).expect("shifted");
    assert_eq!(names(directory.path()), ["f.1 3", "f.2 2"]);
    fs::write(&path, "4").expect("written");
    shift(&path, Some(1)).expect("shifted");
    assert_eq!(names(directory.path()), [""; 0]);
}

/// Links are renamed and removed, never followed.
#[test]
fn links_lead_nowhere() {
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("precious");
    fs::write(&target, "x").expect("written");
    let path = directory.path().join("f");
    symlink(&target, &path).expect("a link");
    shift(&path, Some(2)).expect("shifted");
    let file = output::create_new_private(&path).expect("created");
    drop(file);
    assert_eq!(fs::read_to_string(&target).expect("there"), "x");
    symlink(&target, directory.path().join("g")).expect("a link");
    assert!(output::create_new_private(&directory.path().join("g")).is_err());
}

/// A device, a directory: what is no file keeps its name. What a run left that never began makes no room.
#[test]
fn only_recordings_make_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let rotation = Some(Rotation {
        bytes: 1 << 20,
        files: Some(2),
    });
    let path = directory.path().join("f");
    fs::create_dir(&path).expect("made");
    assert!(Files::create(&path, rotation).is_err());
    assert!(path.is_dir());
    fs::remove_dir(&path).expect("removed");
    fs::write(&path, "old").expect("written");
    for _ in 0..3 {
        assert!(Files::create(&path, rotation).is_ok());
    }
    assert_eq!(names(directory.path()), ["f ", "f.1 old"]);
}
