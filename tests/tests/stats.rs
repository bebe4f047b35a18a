//! Statistics against what SciPy says of the same values (`stats/generate.py`), and what always holds.

use kmodtrace::stats::{
    bootstrap, false_discovery, mad, mann_whitney, median, quantile, rank, serial, signed_rank,
    sorted, welch,
};
use proptest::prelude::*;
use serde_json::Value;

fn expected() -> Vec<Value> {
    let text = include_str!("../stats/expected.json");
    let data: Value = serde_json::from_str(text).expect("JSON");
    data["cases"].as_array().expect("cases").clone()
}

fn numbers(case: &Value, name: &str) -> Vec<f64> {
    let values = case[name].as_array().expect("values").iter();
    values
        .map(|value| value.as_f64().expect("a number"))
        .collect()
}

#[test]
fn scipy_says_the_same() {
    for case in expected() {
        let (base, new) = (numbers(&case, "base"), numbers(&case, "new"));
        let ordered = sorted(base.iter().copied());
        let signed = signed_rank(&numbers(&case, "differences"));
        for (name, got) in [
            ("median", median(&ordered)),
            ("mad", mad(&ordered)),
            ("p95", quantile(&ordered, 0.95)),
            ("mann_whitney", mann_whitney(&base, &new)),
            ("signed_rank", signed),
            ("welch", welch(&base, &new)),
        ] {
            let wanted = case[name].as_f64().expect("a number");
            let limit = 1e-9 * wanted.abs().max(1.0);
            assert!(
                (got - wanted).abs() <= limit,
                "{name}: {got}, {wanted} of {base:?} {new:?}"
            );
        }
        for (got, wanted) in false_discovery(&[0.01, signed, 0.04, 0.03, 0.8])
            .iter()
            .zip(numbers(&case, "false_discovery"))
        {
            assert!((got - wanted).abs() < 1e-9, "{got}, {wanted}");
        }
    }
}

#[test]
fn the_least_p_is_that_of_sides_apart() {
    for (m, n) in [(1, 1), (3, 4), (8, 8), (30, 30), (40, 40)] {
        let base: Vec<f64> = (0..m).map(f64::from).collect();
        let new: Vec<f64> = (0..n).map(|it| f64::from(it) + 1000.0).collect();
        let (m, n) = (base.len(), new.len());
        let (got, least) = (mann_whitney(&base, &new), rank::least_mann_whitney(m, n));
        assert!((got - least).abs() < 1e-12, "{m} {n}: {got} {least}");
    }
    for n in [1, 5, 30, 80] {
        let ones: Vec<f64> = (1..=n).map(f64::from).collect();
        let (got, least) = (signed_rank(&ones), rank::least_signed_rank(ones.len()));
        assert!((got - least).abs() < 1e-12, "{n}: {got} {least}");
    }
}

#[test]
fn neighbours_that_are_alike_count_for_less() {
    let drift: Vec<f64> = (0..40).map(f64::from).collect();
    let toggle: Vec<f64> = (0..40).map(|it| f64::from(it % 2)).collect();
    assert!(serial::inflation(std::slice::from_ref(&drift)) > 3.0);
    assert!((serial::inflation(&[toggle]) - 1.0).abs() < 1e-12);
    assert!((serial::weakened(0.01, 1.0) - 0.01).abs() < 1e-12);
    // z = 2.576, halved.
    assert!((serial::weakened(0.01, 2.0) - 0.1978).abs() < 1e-3);
}

#[test]
fn an_interval_is_that_of_the_median() {
    let base: Vec<f64> = (0..31).map(f64::from).collect();
    let new: Vec<f64> = base.iter().map(|it| it + 100.0).collect();
    let interval = bootstrap::medians(&base, &new, 0.95);
    assert!(interval.excludes_zero());
    assert!(interval.low > 85.0 && interval.low < 95.0, "{interval:?}");
    assert!(
        interval.high > 105.0 && interval.high < 115.0,
        "{interval:?}"
    );
    // Two boots that differ by more than their loads do: the interval is as wide as they are apart.
    let apart = [
        base.clone(),
        new.clone(),
        base.iter().map(|it| it + 50.0).collect(),
    ];
    let wide = bootstrap::boots(
        &apart,
        &apart
            .clone()
            .map(|boot| boot.iter().map(|it| it + 10.0).collect()),
        0.95,
    );
    assert!(wide.low < -30.0 && wide.high > 50.0, "{wide:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_other_way_round_is_the_mirror_image(
        base in prop::collection::vec(1_u32..2000, 1..40),
        new in prop::collection::vec(1_u32..2000, 1..40),
    ) {
        let values = |side: &[u32]| side.iter().map(|&it| f64::from(it)).collect::<Vec<_>>();
        let (base, new) = (values(&base), values(&new));
        let (there, back) = (bootstrap::medians(&base, &new, 0.95), bootstrap::medians(&new, &base, 0.95));
        prop_assert!((there.low + back.high).abs() < 1e-6 && (there.high + back.low).abs() < 1e-6);
        prop_assert!((mann_whitney(&base, &new) - mann_whitney(&new, &base)).abs() < 1e-12);
        prop_assert!((welch(&base, &new) - welch(&new, &base)).abs() < 1e-12);
        let differences: Vec<f64> = base.iter().zip(&new).map(|(a, b)| b - a).collect();
        let mirrored: Vec<f64> = differences.iter().map(|it| -it).collect();
        prop_assert!((signed_rank(&differences) - signed_rank(&mirrored)).abs() < 1e-12);
        let (there, back) = (bootstrap::one_median(&differences, 0.95), bootstrap::one_median(&mirrored, 0.95));
        prop_assert!((there.low + back.high).abs() < 1e-6 && (there.high + back.low).abs() < 1e-6);
    }

    #[test]
    fn corrected_values_are_larger_and_in_the_same_order(p in prop::collection::vec(0.0_f64..1.0, 1..30)) {
        let corrected = false_discovery(&p);
        for (index, (raw, value)) in p.iter().zip(&corrected).enumerate() {
            prop_assert!(value >= raw && *value <= 1.0);
            for (other, more) in p.iter().zip(&corrected) {
                prop_assert!(raw > other || value <= more, "{index}");
            }
        }
    }
}
