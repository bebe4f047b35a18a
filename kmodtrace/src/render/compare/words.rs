//! What all comparisons for people say alike.

use std::collections::BTreeMap;

use crate::{
    compare::{Design, Difference, Ended, FactChange, Floor, Key, LeftOut, Module, Value},
    model::Errno,
    render::{errno::errno_name, escape::printable, facts::plural, number},
};

/// A string from outside, and `µs` or `us`: how text may look.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pub(super) unicode: bool,
}

impl Letters {
    pub(super) fn outside(self, bytes: &[u8]) -> String {
        printable(bytes, !self.unicode)
    }

    /// `184 ms`
    pub(super) fn time(self, ns: u64) -> String {
        let (number, unit) = number::time(ns);
        let unit = if unit == "us" && self.unicode {
            "µs"
        } else {
            unit
        };
        format!("{number} {unit}")
    }

    /// `+1.84 ms`
    pub(super) fn change(self, ns: i64) -> String {
        format!("{}{}", sign(ns), self.time(ns.unsigned_abs()))
    }

    /// `nf_tables`, `dummy numdummies=2`, `kt_fail (ENODEV)`.
    pub(super) fn key(self, key: &Key) -> String {
        let mut text = if key.module.is_empty() {
            String::from("?")
        } else {
            self.outside(&key.module.0)
        };
        if let Some(params) = key.params.as_ref().filter(|params| !params.is_empty()) {
            text.push(' ');
            text.push_str(&self.outside(&params.0));
        }
        if let Ended::Failed(errno) = key.ended {
            let name = errno_name(Errno(errno));
            text.push_str(&format!(" ({name})"));
        }
        text
    }

    /// Both keys where they differ.
    pub(super) fn keys(self, module: &Module) -> String {
        let [base, new] = &module.keys;
        if base == new {
            return self.key(base);
        }
        let arrow = if self.unicode { "→" } else { "->" };
        format!("{} {arrow} {}", self.key(base), self.key(new))
    }

    /// `memory.text 12.0 KiB → 16.0 KiB`
    pub(super) fn fact(self, fact: &FactChange) -> String {
        let arrow = if self.unicode { "→" } else { "->" };
        let value = |value: &Option<Value>| match value {
            None => String::from("-"),
            Some(Value::Bytes(bytes)) => {
                let (number, unit) = number::size(*bytes);
                format!("{number} {unit}")
            }
            Some(Value::Count(count)) => count.to_string(),
            Some(Value::Text(text)) => short(&self.outside(&text.0)),
        };
        let name = fact.name.replace("memory.", "");
        let name = name.replace("write_xor_execute", "W^X").replace('_', " ");
        format!("{name} {} {arrow} {}", value(&fact.base), value(&fact.new))
    }

    /// Each side of a difference, as one text.
    pub(super) fn sides(self, difference: &Difference) -> [String; 2] {
        [&difference.base, &difference.new].map(|side| {
            let side: Vec<_> = side.iter().map(|it| self.outside(it.as_bytes())).collect();
            let count = side.len();
            match (difference.name, count) {
                ("probes", 0) => String::from("none more"),
                ("probes", 5..) => format!("{} more", plural(count as u64, "probe", "probes")),
                _ => side.join(", "),
            }
        })
    }

    /// `changes below 1.0% or 1.00 µs are not told`
    pub(super) fn floor(self, floor: Floor, design: Design) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a floor is a time in ns"
        )]
        let ns = self.time(floor.ns as u64);
        let percent = floor.percent;
        let told = if design.drifts() {
            format!(
                "changes below {percent:.1}%, {ns} or what loads of one side differ by are not told"
            )
        } else {
            format!("changes below {percent:.1}% or {ns} are not told")
        };
        match floor.typical_percent {
            Some(typical) => {
                format!("{told}, as the sides differ by {typical:.1}% in a typical phase")
            }
            None => told,
        }
    }
}

pub(super) fn sign(ns: i64) -> &'static str {
    match ns {
        1.. => "+",
        0 => "",
        ..0 => "-",
    }
}

/// `+1.2%`, `new` where there was nothing before.
pub(super) fn percent(percent: Option<f64>) -> String {
    match percent {
        None => String::from("new"),
        Some(percent) if percent >= 99_999.5 => String::from(">99999%"),
        Some(percent) if percent.abs() >= 999.5 => format!("{percent:+.0}%"),
        Some(percent) => format!("{percent:+.1}%"),
    }
}

/// Long ids are known by how they begin.
fn short(text: &str) -> String {
    match text.char_indices().nth(16) {
        Some((at, _)) => text.get(..at).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

/// How the loads came about.
pub(super) fn design(design: Design) -> &'static str {
    match design {
        Design::Rounds => "in rounds",
        Design::OneBoot => "in one boot, one side after the other",
        Design::FewBoots => "too few boots to know how boots differ",
        Design::ManyBoots => "in several boots on each side",
    }
}

/// `30 and 31 loads`
pub(super) fn loads(module: &Module) -> String {
    let [base, new] = module.loads;
    let of = |count: usize| plural(count as u64, "load", "loads");
    if base == new {
        return format!("{} on each side", of(base));
    }
    format!("{base} and {}", of(new))
}

/// `1 first load, 3 warm-ups`, of both sides.
pub(super) fn left_out(left_out: &[BTreeMap<LeftOut, u64>; 2]) -> Option<String> {
    let mut sum: BTreeMap<LeftOut, u64> = BTreeMap::new();
    for (why, count) in left_out.iter().flatten() {
        *sum.entry(*why).or_default() += count;
    }
    let told: Vec<String> = sum
        .iter()
        .map(|(why, &count)| match why {
            LeftOut::Incomplete => plural(count, "incomplete", "incomplete"),
            LeftOut::Contested => plural(count, "contested", "contested"),
            LeftOut::WarmUp => plural(count, "warm-up", "warm-ups"),
            LeftOut::First => plural(count, "first of its boot", "first of their boots"),
        })
        .collect();
    (!told.is_empty()).then(|| format!("left out: {}", told.join(", ")))
}
