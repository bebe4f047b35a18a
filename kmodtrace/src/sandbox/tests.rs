//! In threads of their own: what is given up does not come back. What is true for all threads of the process
//! (signals, system calls of others) is tested in virtual machines.

use std::{
    cell::Cell,
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    net::UdpSocket,
    path::Path,
    process::Command,
    thread,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process, test_kill_process},
    thread::{CapabilitySet, capabilities, no_new_privs},
};
use seccompiler::apply_filter;

use super::{Needs, capabilities::drop_unneeded, files, filter};

/// Does something in a thread that has entered the sandbox.
fn confined<T: Send>(needs: &Needs, act: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            drop_unneeded(needs, || true).expect("capabilities");
            files::confine(needs).expect("files");
            // Not for all threads: others of this process are other tests.
            for program in filter::programs(needs).expect("programs") {
                apply_filter(&program).expect("a filter");
            }
            act()
        });
        thread.join().expect("no panic")
    })
}

fn denied<T>(result: io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

#[test]
fn what_a_run_does_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut open = File::create(dir.path().join("open")).expect("a file");
    let read = confined(&Needs::default(), || {
        open.write_all(b"more").expect("it was open");
        open.sync_data().expect("a disk");
        open.rewind().expect("a file");
        thread::spawn(|| 7).join().expect("a thread");
        let mut status = String::new();
        let mut file = File::open("/proc/self/status").expect("/proc");
        file.read_to_string(&mut status).expect("/proc");
        assert_eq!(test_kill_process(rustix::process::getpid()), Ok(()));
        fs::read_dir("/proc").expect("/proc").count()
    });
    assert!(read > 1);
    assert_eq!(fs::read(dir.path().join("open")).expect("a file"), b"more");
}

#[test]
fn the_rest_does_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let there = dir.path().join("there");
    fs::write(&there, "x").expect("a file");
    confined(&Needs::default(), || {
        assert!(denied(File::create(dir.path().join("new"))));
        assert!(denied(File::options().append(true).open(&there)));
        assert!(denied(fs::remove_file(&there)));
        assert!(denied(fs::rename(&there, dir.path().join("other"))));
        assert!(denied(Command::new("/bin/true").status()));
        assert!(denied(UdpSocket::bind("127.0.0.1:0")));
        let init = Pid::INIT;
        assert_eq!(kill_process(init, Signal::WINCH), Err(Errno::PERM));
        let attributes = rustix::fs::chmod(&there, rustix::fs::Mode::RWXU);
        assert_eq!(attributes, Err(Errno::PERM));
    });
    assert!(there.exists());
}

#[test]
fn a_recording_is_divided_in_its_directory_only() {
    let (own, other) = (tempfile::tempdir(), tempfile::tempdir());
    let (own, other) = (own.expect("a directory"), other.expect("a directory"));
    let needs = Needs {
        directory: Some(own.path().to_owned()),
        child: None,
    };
    let has_landlock = confined(&needs, || {
        let name = |number: u32| own.path().join(number.to_string());
        fs::write(name(1), "x").expect("the directory");
        fs::rename(name(1), name(2)).expect("the directory");
        fs::remove_file(name(2)).expect("the directory");
        denied(File::create(other.path().join("new")))
    });
    let kernel = fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    if kernel.contains("landlock") {
        assert!(has_landlock);
    }
}

#[test]
fn capabilities_are_gone() {
    let before = capabilities(None).expect("capabilities").permitted;
    let (after, tried) = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let tried = Cell::new(0);
            let needs = Needs {
                directory: Some(Path::new("/").to_owned()),
                child: Some(rustix::process::getpid()),
            };
            drop_unneeded(&needs, || {
                tried.set(tried.get() + 1);
                false
            })
            .expect("capabilities");
            assert!(no_new_privs().expect("a flag"));
            let after = capabilities(None).expect("capabilities");
            (after, tried.get())
        });
        thread.join().expect("no panic")
    });
    assert_eq!(tried, 1);
    let most = CapabilitySet::DAC_READ_SEARCH | CapabilitySet::KILL | CapabilitySet::BPF;
    let most = most | CapabilitySet::DAC_OVERRIDE;
    // Whoever has no CAP_BPF uses maps by CAP_SYS_ADMIN.
    let most = match before.contains(CapabilitySet::BPF) {
        true => most,
        false => most | CapabilitySet::SYS_ADMIN,
    };
    assert_eq!(after.permitted & !most, CapabilitySet::empty());
    assert_eq!(after.effective, after.permitted);
    assert_eq!(after.inheritable, CapabilitySet::empty());
    assert_eq!(
        after.permitted & CapabilitySet::BPF,
        before & CapabilitySet::BPF
    );
    // Those of this process are as they were.
    assert_eq!(capabilities(None).expect("capabilities").permitted, before);
}
