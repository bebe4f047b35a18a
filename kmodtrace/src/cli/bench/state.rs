//! The system as it was found: asked about before the first load, put back behind the last one.

use std::{
    ffi::CString,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use super::{
    loader::{Loader, Prepared},
    module::{self, Module},
    modules::{self, Loaded, Look},
};
use crate::{
    cli::inspect::Tree,
    error::{BenchError, Failure},
};

/// What has to be undone.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Modules that were unloaded, and how they looked.
    reload: Vec<(String, Look)>,
    /// Modules that were loaded because these need them.
    dependencies: Vec<String>,
}

/// What is to be done before the first load.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Files to load, in order.
    load: Vec<Arc<Prepared>>,
    /// Modules to unload.
    unload: Vec<String>,
}

/// Looks whether the modules can be loaded and unloaded, without touching anything.
pub(super) fn check(
    root: &Path,
    modules: &[&Module],
    tree: Option<&Tree>,
    dir: &Path,
    reload: bool,
) -> Result<Plan, Failure> {
    let loaded = modules::loaded(root).map_err(BenchError::Modules)?;
    let find = |name: &str| loaded.iter().find(|it| it.name == name);
    let mut plan = Plan::default();
    for module in modules {
        let name = &module.prepared.name;
        match find(name) {
            Some(found) => unload(found, tree, dir, reload, &mut plan)?,
            None if modules::is_built_in(root, dir, name) => {
                return Err(BenchError::BuiltIn(name.clone()).into());
            }
            None => {}
        }
    }
    for module in modules {
        for needed in &module.needs {
            if modules.iter().any(|other| other.prepared.name == *needed) {
                let name = module.prepared.name.clone();
                return Err(BenchError::NeedsOther(name, needed.clone()).into());
            }
            let planned = plan.load.iter().any(|it| it.name == *needed);
            if planned || find(needed).is_some() || modules::is_built_in(root, dir, needed) {
                continue;
            }
            let file = tree.and_then(|tree| tree.file_of(needed));
            let file = file.ok_or_else(|| BenchError::Needs {
                name: module.prepared.name.clone(),
                needs: needed.clone(),
                tree: dir.to_owned(),
            })?;
            plan.load
                .push(Arc::new(module::read(root, &file, tree)?.prepared));
        }
    }
    Ok(plan)
}

fn unload(
    found: &Loaded,
    tree: Option<&Tree>,
    dir: &Path,
    reload: bool,
    plan: &mut Plan,
) -> Result<(), BenchError> {
    found.held()?;
    if !reload {
        return Err(BenchError::Loaded(found.name.clone()));
    }
    if tree.and_then(|tree| tree.file_of(&found.name)).is_none() {
        return Err(BenchError::NoReload(found.name.clone(), dir.to_owned()));
    }
    if !plan.unload.contains(&found.name) {
        plan.unload.push(found.name.clone());
    }
    Ok(())
}

impl State {
    /// Does what the plan says. What was done before an error can be undone.
    pub(super) async fn set_up(
        &mut self,
        plan: &Plan,
        loader: &Loader,
        root: &Path,
    ) -> Result<(), BenchError> {
        for name in &plan.unload {
            let look = Look::at(root, name);
            let failed = |errno| BenchError::Unload {
                name: name.clone(),
                errno,
            };
            loader.unload(name).await.map_err(failed)?;
            self.reload.push((name.clone(), look));
        }
        let none = Arc::new(CString::default());
        for module in &plan.load {
            let failed = |errno| BenchError::Load {
                file: module.path.clone(),
                errno,
            };
            loader.load(module, &none).await.map_err(failed)?;
            self.dependencies.push(module.name.clone());
        }
        Ok(())
    }

    /// Modules that were loaded because others need them.
    pub(super) fn dependencies(&self) -> &[String] {
        &self.dependencies
    }

    /// Puts back what was found; says what could not be.
    pub(super) async fn restore(self, loader: &Loader, root: &Path) -> Result<(), BenchError> {
        let failed = loader.undo().await.into_iter();
        let failed = failed.map(|(name, errno)| BenchError::Unload { name, errno }.to_string());
        let mut wrong: Vec<_> = failed.collect();
        for (name, before) in &self.reload {
            // With the options of modprobe.d, which were those of the load before most likely.
            match Command::new(modprobe()).arg(name).status() {
                Ok(status) if status.success() => {
                    let now = Look::at(root, name);
                    let differences = now.differs(before);
                    wrong.extend(differences.iter().map(|it| format!("{name}: {it}")));
                }
                Ok(status) => wrong.push(format!("modprobe {name} failed ({status})")),
                Err(error) => wrong.push(format!("modprobe {name} cannot be started: {error}")),
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(BenchError::NotRestored(wrong))
        }
    }
}

/// kmod's, wherever it is: a small system's shell may have one of its own.
fn modprobe() -> PathBuf {
    let places = ["/sbin/modprobe", "/usr/sbin/modprobe"].map(PathBuf::from);
    let found = places.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| "modprobe".into())
}
