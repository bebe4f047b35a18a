//! `modules.dep`: which files a module needs, in loading order.

use std::collections::HashMap;

/// A parsed `modules.dep`.
#[derive(Debug, Default)]
pub(crate) struct ModDep {
    /// By module name: its file and those it needs, as the line has them.
    lines: HashMap<String, (String, Vec<String>)>,
}

/// The module's name behind a file name.
pub(crate) fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split(".ko").next().unwrap_or(file);
    stem.replace('-', "_")
}

impl ModDep {
    /// Parses the text of `modules.dep`.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = HashMap::new();
        for line in text.lines() {
            if let Some((file, needs)) = line.split_once(':') {
                let needs = needs.split_whitespace().map(str::to_owned).collect();
                lines.insert(name_of(file), (file.to_owned(), needs));
            }
        }
        Self { lines }
    }

    /// Files to load for `modules`, each after all that it needs; unknown ones (built in) are
    /// left out.
    pub(crate) fn load_order(&self, modules: &[&str]) -> Vec<String> {
        let mut order: Vec<String> = Vec::new();
        for module in modules {
            let Some((file, needs)) = self.lines.get(*module) else {
                continue;
            };
            // depmod lists what is needed so that the last one must be loaded first.
            for path in needs.iter().rev().chain([file]) {
                if !order.contains(path) {
                    order.push(path.clone());
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_loading() {
        let dep = ModDep::parse(
            "kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2.ko\n\
             kernel/fs/jbd2.ko:\n\
             kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/virtio-ring.ko.xz\n\
             kernel/virtio-ring.ko.xz:\n",
        );
        assert_eq!(
            dep.load_order(&["virtio_ring", "ext4", "missing", "9pnet_virtio"]),
            [
                "kernel/virtio-ring.ko.xz",
                "kernel/fs/jbd2.ko",
                "kernel/fs/mbcache.ko",
                "kernel/lib/crc16.ko",
                "kernel/fs/ext4/ext4.ko",
                "kernel/net/9p/9pnet.ko.xz",
                "kernel/net/9p/9pnet_virtio.ko.xz",
            ]
        );
    }

    #[test]
    fn names() {
        assert_eq!(name_of("kernel/a/virtio-rng.ko.zst"), "virtio_rng");
    }
}
