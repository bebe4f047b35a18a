//! Rows of a table by their hook, for what every mark asks.

use super::HookId;

/// The rows of a table, at each hook's id its own, in the order of the table.
#[derive(Debug)]
pub(super) struct ByHook<T: 'static>(Vec<Vec<&'static T>>);

impl<T> ByHook<T> {
    /// Of all `rows`, each of which tells its hook.
    pub(super) fn new(rows: &'static [T], hook: impl Fn(&T) -> HookId) -> Self {
        let mut all = Vec::new();
        for row in rows {
            let at = usize::from(hook(row).0);
            if all.len() <= at {
                all.resize_with(at + 1, Vec::new);
            }
            all[at].push(row);
        }
        Self(all)
    }

    /// The rows of a hook.
    pub(super) fn of(&self, hook: HookId) -> &[&'static T] {
        let rows = self.0.get(usize::from(hook.0));
        rows.map_or(&[], Vec::as_slice)
    }
}
