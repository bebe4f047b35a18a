//! A module that is loaded: the kernel tells where its sections are, its file how large.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{
    cli::inspect::{Tree, file},
    error::Failure,
    event::Name,
    image::{ModuleImage, compression, layout::Kind},
    kernel::loaded::{self, LoadedModule},
    model::{Memory, PAGE_BYTES, Region, RegionKind, Section},
    render::ModuleMap,
};

/// What is known of it.
pub(super) struct Live {
    module: Name,
    file: Option<Name>,
    sections: Vec<Section>,
    sizes_known: bool,
    memory: Memory,
    init_freed: bool,
}

/// Looks at a module below `root`; `own` is its file, if the user knows better.
pub(super) fn read(root: &Path, name: &[u8], own: Option<&Path>) -> Result<Live, Failure> {
    let module = loaded::read(root, name)?;
    let path = own.map(Path::to_owned).or_else(|| find(root, &module.name));
    let mut live = Live {
        file: path.as_deref().map(name_of),
        sections: listed(&module),
        sizes_known: false,
        memory: Memory::default(),
        init_freed: module.init_freed,
        module: Name(module.name.clone()),
    };
    let Some(path) = path else { return Ok(live) };
    match live.measure(&path, &module) {
        Ok(()) => {}
        // A file that was asked for has to be right; another one is only of help.
        Err(failure) if own.is_some() => return Err(failure),
        Err(failure) => eprintln!("kmodtrace: {failure}"),
    }
    Ok(live)
}

impl Live {
    pub(super) fn map(&self) -> ModuleMap<'_> {
        ModuleMap {
            module: Some(&self.module),
            load: None,
            file: self.file.as_ref(),
            sections: &self.sections,
            sizes_known: self.sizes_known,
            memory: &self.memory,
            init_freed: self.init_freed,
            redacted: false,
        }
    }

    /// Takes sizes and kinds of memory from the file.
    fn measure(&mut self, path: &Path, module: &LoadedModule) -> Result<(), Failure> {
        let not_module = |error| Failure::not_module(path, error);
        let bytes = file::read(path)?;
        let bytes = compression::decompress(&bytes).map_err(not_module)?;
        let image = ModuleImage::parse(&bytes).map_err(not_module)?;
        let differ = |loaded: Option<&[u8]>, own: Option<&[u8]>| {
            loaded.is_some() && own.is_some() && loaded != own
        };
        let srcversion = module.srcversion.as_deref().map(str::as_bytes);
        if differ(srcversion, image.info("srcversion"))
            || differ(module.build_id.as_deref(), image.build_id)
        {
            return Err(Failure::OtherModule(path.to_owned()));
        }
        let mut kinds = Vec::new();
        for section in &mut self.sections {
            let mut sections = image.sections.iter().zip(&image.layout.kinds).enumerate();
            let own = sections.find(|(_, (own, _))| own.name == section.name.0);
            let Some((index, (own, &kind))) = own else {
                return Err(Failure::OtherModule(path.to_owned()));
            };
            section.index = u32::try_from(index).unwrap_or(u32::MAX);
            (section.kind, section.flags, section.bytes) = (own.kind, own.flags, own.size);
            kinds.push(kind);
        }
        self.sizes_known = true;
        self.memory.regions = regions(&self.sections, &kinds);
        if self.init_freed {
            self.memory.regions.retain(|region| !region.kind.is_init());
        }
        Ok(())
    }
}

fn listed(module: &LoadedModule) -> Vec<Section> {
    let sections = (1..).zip(&module.sections);
    let sections = sections.map(|(index, (name, address))| Section {
        index,
        name: Name(name.clone()),
        kind: 0,
        flags: 0,
        bytes: 0,
        address: Some(*address).filter(|&address| address != 0),
        info: None,
    });
    sections.collect()
}

/// The whole pages in which sections of one kind lie.
fn regions(sections: &[Section], kinds: &[Kind]) -> Vec<Region> {
    let of = |kind: RegionKind| {
        let all = sections.iter().zip(kinds);
        let own = all.filter(|(_, own)| own.name() == kind.name());
        let own = own.filter_map(|(section, _)| Some((section.address?, section.bytes)));
        let (begin, end) = own
            .map(|(address, bytes)| (address, address.saturating_add(bytes)))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        let address = begin & !(PAGE_BYTES - 1);
        Some(Region {
            kind,
            address,
            bytes: (end - address).checked_next_multiple_of(PAGE_BYTES)?,
            block: address,
            allocated: None,
            permissions: None,
        })
    };
    let mut regions: Vec<_> = RegionKind::ALL.into_iter().filter_map(of).collect();
    regions.sort_by_key(|region| region.address);
    regions
}

/// Its file in the tree of the running kernel's modules.
fn find(root: &Path, module: &[u8]) -> Option<PathBuf> {
    let release = fs::read_to_string(root.join("proc/sys/kernel/osrelease")).ok()?;
    let dir = root.join("lib/modules").join(release.trim());
    let tree = Tree::read(&dir).ok()?;
    tree.file_of(OsStr::from_bytes(module).to_str()?)
}

fn name_of(path: &Path) -> Name {
    Name(path.as_os_str().as_bytes().to_vec())
}
