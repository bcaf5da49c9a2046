//! What makes no curve, and what does not count.

use tenor_solver::curve::{BASE, CurveError, Dropped, Observation, ObservationError, Repair};

use super::{DAY_S, NOW, bootstrap, laws::no_arbitrage, market};

#[test]
fn a_dearer_later_claim_is_an_error_beyond_its_fees_and_said_within() {
    let near = market("near", BASE, 90, 0.04);
    // Growth of 0.04 over 90 days is more than that of 0.015 over 180.
    let far = market("far", BASE, 180, 0.015);
    let error = bootstrap(&[near.clone(), far.clone()], None).unwrap_err();
    assert!(
        matches!(&error, CurveError::Arbitrage { near, far, forward }
            if near == "near" && far == "far" && *forward < 0.0),
        "{error}"
    );
    assert!(error.to_string().contains("leave one of them out"));
    // Costly markets keep anybody from taking it.
    let dear = |m: &Observation| Observation { fee_rate: 0.02, ..m.clone() };
    let curve = bootstrap(&[dear(&near), dear(&far)], None).unwrap();
    let within = Repair::WithinFees { near: "near".into(), far: "far".into() };
    assert_eq!(curve.repairs, [within, Repair::Levelled]);
    no_arbitrage(&curve);
    // Of two underlyings nobody can make one claim of the other: that is a spread.
    let other = Observation { underlying: "eETH".into(), ..far };
    assert!(bootstrap(&[near, other], None).is_ok());
}

#[test]
fn what_does_not_count_is_named_with_its_reason() {
    let good = market("good", BASE, 90, 0.03);
    let all = [
        good.clone(),
        Observation { expiry: NOW, ..market("due", BASE, 0, 0.03) },
        Observation { expiry: 5, ..market("long due", BASE, 0, 0.03) },
        market("short", BASE, 6, 0.03),
        Observation { liquidity: 99.0, ..market("thin", BASE, 80, 0.03) },
        Observation { averaged_s: 0, ..market("spot", BASE, 80, 0.03) },
    ];
    let curve = bootstrap(&all, None).unwrap();
    let short = Dropped::TooShort { left_s: 6 * DAY_S, least_s: 7 * DAY_S };
    let thin = Dropped::Thin { liquidity: 99.0, least: 100.0 };
    let spot = Dropped::Spot { averaged_s: 0, least_s: 900 };
    let expected = [
        ("due", Dropped::Expired),
        ("long due", Dropped::Expired),
        ("short", short),
        ("spot", spot),
        ("thin", thin),
    ];
    let expected = expected.map(|(name, why)| (name.to_owned(), why));
    assert_eq!(curve.dropped, expected);
    assert_eq!(bootstrap(&all[1..], None), Err(CurveError::Empty(5)));
    assert_eq!(bootstrap(&[], None), Err(CurveError::Empty(0)));
    let other = Observation { underlying: "eETH".into(), ..good };
    assert_eq!(bootstrap(&[other], None), Err(CurveError::NoBase));
}

#[test]
fn bad_figures_are_errors() {
    let good = market("good", BASE, 90, 0.03);
    let of = |bad: Observation| bootstrap(&[bad], None).unwrap_err();
    let negative = of(Observation { rate: -0.01, ..good.clone() });
    let negative_rate = ObservationError::NegativeRate { market: "good".into(), rate: -0.01 };
    assert_eq!(negative, CurveError::Observation(negative_rate));
    for bad in [
        Observation { rate: f64::NAN, ..good.clone() },
        Observation { rate: f64::INFINITY, ..good.clone() },
        Observation { rate: 11.0, ..good.clone() },
        Observation { fee_rate: -0.1, ..good.clone() },
        Observation { fee_rate: f64::NAN, ..good.clone() },
        Observation { liquidity: -1.0, ..good.clone() },
        Observation { liquidity: f64::INFINITY, ..good.clone() },
    ] {
        let error = of(bad);
        assert!(
            matches!(error, CurveError::Observation(ObservationError::Range { .. })),
            "{error}"
        );
    }
    let twice = bootstrap(&[good.clone(), good.clone()], None);
    assert_eq!(twice, Err(ObservationError::Duplicate("good".into()).into()));
    let many = vec![good.clone(); 301];
    assert_eq!(bootstrap(&many, None), Err(ObservationError::TooMany(301).into()));
    for anchor in [-0.01, f64::NAN, f64::INFINITY, 11.0] {
        let error = bootstrap(std::slice::from_ref(&good), Some(anchor));
        assert!(matches!(error, Err(CurveError::Anchor(_))), "{error:?}");
    }
    let curve = bootstrap(&[good], None).unwrap();
    assert_eq!(curve.forward(9, 9), Err(CurveError::NoTime { from_s: 9, to_s: 9 }));
}
