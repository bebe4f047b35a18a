//! The time axis.

use super::xml::Px;

/// Distance of ticks, pixels, at least.
const ROOM: u64 = 90;

/// Where times are.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    /// The time at the left.
    pub(super) from_ns: u64,
    /// How much time there is.
    pub(super) span_ns: u64,
    /// Its place and width, pixels.
    pub(super) left: u64,
    pub(super) width: u64,
}

impl Axis {
    /// Where a time is.
    pub(super) fn x(&self, ns: u64) -> Px {
        let at = ns.saturating_sub(self.from_ns).min(self.span_ns);
        Px(self.left * 100 + self.length(at).0)
    }

    /// How long a time is.
    pub(super) fn length(&self, ns: u64) -> Px {
        let hundredths =
            u128::from(ns) * u128::from(self.width) * 100 / u128::from(self.span_ns.max(1));
        Px(u64::try_from(hundredths).unwrap_or(u64::MAX))
    }

    /// Ticks: ns after the left end, and what is written there.
    pub(super) fn ticks(&self) -> Vec<(u64, String)> {
        let least = u128::from(self.span_ns) * u128::from(ROOM);
        let least = least.div_ceil(u128::from(self.width.max(1)));
        let steps = (0..19).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u64.pow(power)));
        let step = steps.into_iter().find(|&step| u128::from(step) >= least);
        let step = step.unwrap_or(10_u64.pow(19));
        let (unit, unit_ns) = [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1000)]
            .into_iter()
            .find(|&(_, ns)| self.span_ns >= ns)
            .unwrap_or(("ns", 1));
        let mut places = 0;
        while places < 9 && !(step % unit_ns * 10_u64.pow(places)).is_multiple_of(unit_ns) {
            places += 1;
        }
        let ticks = (0..).map_while(|number: u64| number.checked_mul(step));
        let ticks = ticks.take_while(|&at| at <= self.span_ns);
        let label = |at: u64| {
            let scale = 10_u64.pow(places);
            let parts = at / (unit_ns / scale).max(1);
            let width = places as usize;
            match places {
                0 => format!("{parts} {unit}"),
                _ => format!("{}.{:0width$} {unit}", parts / scale, parts % scale),
            }
        };
        ticks.map(|at| (at, label(at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(span_ns: u64) -> Vec<String> {
        let axis = Axis {
            from_ns: 7,
            span_ns,
            left: 10,
            width: 1000,
        };
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_have_room() {
        assert_eq!(labels(2_210_000_000)[..3], ["0.0 s", "0.2 s", "0.4 s"]);
        assert_eq!(labels(184_000_000)[..3], ["0 ms", "20 ms", "40 ms"]);
        assert_eq!(labels(15)[..3], ["0 ns", "2 ns", "4 ns"]);
        assert_eq!(labels(0), ["0 ns"]);
        for power in 0..19 {
            let count = labels(3 * 10_u64.pow(power)).len();
            assert!((2..=12).contains(&count), "10^{power}: {count}");
        }
    }

    #[test]
    fn times_outside_are_at_the_edge() {
        let axis = Axis {
            from_ns: 100,
            span_ns: 1000,
            left: 10,
            width: 500,
        };
        assert_eq!(axis.x(0).0, 1000);
        assert_eq!(axis.x(600).0, 26_000);
        assert_eq!(axis.x(u64::MAX).0, 51_000);
    }
}
