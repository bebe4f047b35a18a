//! Undefined and exported symbols.

use std::{collections::BTreeMap, io};

use super::{
    Inspection,
    info::names,
    lists::{heading, many, outside},
};
use crate::{
    image::{exports::Export, symbols::Symbol},
    render::canvas::Canvas,
};

pub(super) fn write(inspection: &Inspection<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    undefined(inspection, canvas)?;
    exports(&inspection.image.exports, canvas)
}

fn undefined(inspection: &Inspection<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let symbols = &inspection.image.undefined;
    if symbols.is_empty() {
        return Ok(());
    }
    heading(
        canvas,
        &many(
            symbols.len() as u64,
            "undefined symbol",
            "undefined symbols",
        ),
    )?;
    let mut groups: BTreeMap<Option<&[u8]>, Vec<String>> = BTreeMap::new();
    for symbol in symbols {
        let provider = inspection
            .providers
            .and_then(|providers| providers.get(symbol.name));
        let group = groups.entry(provider.map(Vec::as_slice)).or_default();
        group.push(needed(symbol, canvas));
    }
    for (provider, mut symbols) in groups {
        symbols.sort();
        let who = match (provider, inspection.providers) {
            (Some(module), _) => outside(canvas, module),
            (None, Some(_)) => String::from("kernel/other"),
            (None, None) => String::new(),
        };
        names(canvas, &who, symbols.into_iter())?;
    }
    Ok(())
}

fn needed(symbol: &Symbol<'_>, canvas: &Canvas<'_>) -> String {
    let weak = if symbol.is_weak() { " (weak)" } else { "" };
    format!("{}{weak}", outside(canvas, symbol.name))
}

fn exports(exports: &[Export<'_>], canvas: &mut Canvas<'_>) -> io::Result<()> {
    if exports.is_empty() {
        return Ok(());
    }
    heading(canvas, &many(exports.len() as u64, "export", "exports"))?;
    // GPL only or not, and the namespace.
    let mut groups: BTreeMap<(bool, Option<&[u8]>), Vec<String>> = BTreeMap::new();
    for export in exports {
        let group = groups.entry((export.gpl, export.namespace)).or_default();
        group.push(outside(canvas, export.name));
    }
    for ((gpl, namespace), mut symbols) in groups {
        symbols.sort();
        let licence = if gpl { "GPL only" } else { "any licence" };
        if let Some(namespace) = namespace {
            let namespace = outside(canvas, namespace);
            heading(canvas, &format!("in the namespace {namespace}"))?;
        }
        names(canvas, licence, symbols.into_iter())?;
    }
    Ok(())
}
