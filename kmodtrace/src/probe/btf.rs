//! BTF for aya, which asks it for one number per traced function: its type id.

use std::collections::BTreeMap;

use aya_obj::btf::{Btf, BtfType, Func, FuncLinkage};

/// BTF in which these functions have these ids, and all other types are unknown; `None` if there are no functions.
///
/// The kernel's own would be some 150,000 types for aya to take apart: by estimate a quarter of a
/// billion instructions and 20 MB.
/// Whoever knows the ids has read it already.
pub(super) fn of(functions: &BTreeMap<&str, u32>) -> Option<Btf> {
    let by_id: BTreeMap<u32, &str> = functions.iter().map(|(&name, &id)| (id, name)).collect();
    let (&last, _) = by_id.last_key_value()?;
    let mut btf = Btf::new();
    for id in 1..=last {
        let of_id = by_id.get(&id).map_or(BtfType::Unknown, |function| {
            let name = btf.add_string(function);
            // Nobody asks for its prototype.
            BtfType::Func(Func::new(name, 0, FuncLinkage::Global))
        });
        btf.add_type(of_id);
    }
    Some(btf)
}

#[cfg(test)]
mod tests {
    use aya_obj::btf::BtfKind;

    use super::*;

    #[test]
    fn functions_have_their_ids() {
        let functions = BTreeMap::from([("vfree", 70_000), ("load_module", 7), ("kfree", 1)]);
        let btf = of(&functions).unwrap();
        for (name, id) in functions {
            assert_eq!(btf.id_by_type_name_kind(name, BtfKind::Func).unwrap(), id);
        }
        assert!(btf.id_by_type_name_kind("other", BtfKind::Func).is_err());
        assert!(of(&BTreeMap::new()).is_none());
    }
}
