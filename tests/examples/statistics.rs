//! Answers what `tests/stats/compare.py` asks: reads `{"base": [..], "new": [..], "differences": [..]}`, a line each, and
//! writes what `stats` says.

use std::{
    error::Error,
    io::{self, BufRead as _, Write as _},
};

use kmodtrace::stats::{
    bootstrap, mad, mann_whitney, median, quantile, signed_rank, sorted, welch,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let values = |name: &str| -> Vec<f64> {
            let values = asked[name].as_array().into_iter().flatten();
            values.filter_map(Value::as_f64).collect()
        };
        let (base, new) = (values("base"), values("new"));
        let ordered = sorted(base.iter().copied());
        let interval = bootstrap::medians(&base, &new, 0.95);
        let said = json!({
            "median": median(&ordered),
            "mad": mad(&ordered),
            "p95": quantile(&ordered, 0.95),
            "mann_whitney": mann_whitney(&base, &new),
            "signed_rank": signed_rank(&values("differences")),
            "welch": welch(&base, &new),
            "interval": [interval.low, interval.high],
        });
        writeln!(out, "{said}")?;
    }
    Ok(())
}
