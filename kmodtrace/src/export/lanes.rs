//! Which row of a picture a load goes to.

/// Hands out rows so that nothing overlaps: each block gets the topmost place that is free.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Until when each row is taken, ns.
    taken: Vec<u64>,
}

impl Lanes {
    /// The first row of a place for `rows` rows from `start_ns` to `end_ns`. Blocks come in order of their beginning.
    pub(super) fn place(&mut self, start_ns: u64, end_ns: u64, rows: usize) -> usize {
        let free = |taken: &&u64| **taken <= start_ns;
        let fits = |first: &usize| self.taken.iter().skip(*first).take(rows).all(|t| free(&t));
        // Behind the last row there is always room.
        let first = (0..=self.taken.len()).find(fits).unwrap_or(0);
        if self.taken.len() < first + rows {
            self.taken.resize(first + rows, 0);
        }
        self.taken[first..first + rows].fill(end_ns);
        first
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_loads_get_rows_of_their_own() {
        let mut lanes = Lanes::default();
        assert_eq!(lanes.place(0, 10, 1), 0);
        assert_eq!(lanes.place(5, 15, 2), 1);
        assert_eq!(lanes.place(10, 20, 1), 0);
        assert_eq!(lanes.place(16, 30, 1), 1);
        assert_eq!(lanes.place(17, 30, 1), 2);
        assert_eq!(lanes.place(18, 30, 3), 3);
        assert_eq!(lanes.rows(), 6);
    }
}
