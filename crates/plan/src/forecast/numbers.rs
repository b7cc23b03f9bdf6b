//! Small mathematics, the same to the last bit on every machine: `exp`, `log` and their like come from `libm`, since
//! those of the platform differ in their last digits, and chance comes from a counter.

use sightline_facts::time::{DAY, SECOND};

/// Where the sequence of chance begins. Any number would do; another one moves scores in the third digit.
pub(crate) const SEED: u64 = 20_240_601;

/// Probabilities 0.01, 0.02 … 0.99: a distribution is kept as its values at these.
pub(crate) const N_LEVELS: usize = 99;

/// A distribution as its 99 percentiles, ascending.
pub(crate) type Percentiles = [f64; N_LEVELS];

/// The probability of percentile `i`, counted from 0.
pub(crate) fn level(i: usize) -> f64 {
    number(i + 1) / 100.0
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn number(n: usize) -> f64 {
    n as f64
}

/// The whole part of a number that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers give numbers from 0 to 10^6")]
pub(crate) fn whole(x: f64) -> usize {
    x as usize
}

/// A span of time in days.
#[expect(clippy::cast_precision_loss, reason = "spans of time stay far below 2^53 microseconds")]
pub(crate) fn days(micros: i64) -> f64 {
    micros as f64 / DAY as f64
}

/// The instant so many days later, cut to whole seconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most a hundred years")]
pub(crate) fn after(at: i64, days: f64) -> i64 {
    let later = at.saturating_add((days * DAY as f64) as i64);
    later - later.rem_euclid(SECOND)
}

/// The probability that a standard normal variable is at most `x`.
pub(crate) fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The logarithm of the probability that a standard normal variable is above `z`.
pub(crate) fn log_upper(z: f64) -> f64 {
    if z < 30.0 { libm::log((0.5 * libm::erfc(z / std::f64::consts::SQRT_2)).max(1e-300)) } else { -690.0 }
}

/// The value that a standard normal variable does not exceed with probability `p`. Bisection is exact enough, and slow
/// only where it does not matter.
pub(crate) fn inverse_phi(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if phi(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Linear between points whose `xs` do not fall, and level beyond both ends.
pub(crate) fn interpolate(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let last = xs.len() - 1;
    if x <= xs[0] {
        return ys[0];
    }
    if x >= xs[last] {
        return ys[last];
    }
    let j = xs.partition_point(|v| *v <= x);
    let (a, b) = (xs[j - 1], xs[j]);
    if b > a { ys[j - 1] + (ys[j] - ys[j - 1]) * ((x - a) / (b - a)) } else { ys[j - 1] }
}

/// Bends what lies above the median `m` so that it stays below `m` plus `reach` (or plus `m` again, if that is more).
/// What lies below stays. It rises with both `v` and `m`.
pub(crate) fn bend(v: f64, m: f64, reach: f64) -> f64 {
    let reach = reach.max(m);
    if v <= m { v } else { m + reach * (1.0 - libm::exp(-(v - m) / reach)) }
}

/// The percentiles of values, which are sorted for it.
pub(crate) fn percentiles(mut values: Vec<f64>) -> Percentiles {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    std::array::from_fn(|i| {
        let place = level(i) * number(last);
        let (j, part) = (whole(place), place % 1.0);
        values[j] * (1.0 - part) + values[(j + 1).min(last)] * part
    })
}

/// The probability at which a value lies in a distribution: 0 below its first percentile, 0.995 beyond its last.
pub(crate) fn level_of(value: f64, of: &Percentiles) -> f64 {
    if value < of[0] {
        return 0.0;
    }
    if value >= of[N_LEVELS - 1] {
        return 0.995;
    }
    interpolate(value, of, &std::array::from_fn::<f64, N_LEVELS, _>(level))
}

/// Number `i` of a fixed sequence that looks like chance, in `0.0..1.0`.
///
/// # Source
/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014 (`SplitMix64`).
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
#[inline]
pub(crate) fn uniform(i: u64) -> f64 {
    let mut z = SEED.wrapping_add(i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_normal_distribution_and_its_inverse_agree() {
        assert!(close(phi(0.0), 0.5) && (phi(1.959_964) - 0.975).abs() < 1e-6);
        for p in [0.05, 0.5, 0.85, 0.95] {
            assert!(close(phi(inverse_phi(p)), p));
        }
        assert!(close(log_upper(0.0), -std::f64::consts::LN_2));
        assert!(log_upper(29.0).is_finite() && close(log_upper(50.0), -690.0));
    }

    #[test]
    fn lines_are_level_beyond_their_ends_and_steps_keep_the_left_value() {
        let (xs, ys) = ([1.0, 2.0, 2.0, 4.0], [10.0, 20.0, 30.0, 50.0]);
        for (x, y) in [(0.0, 10.0), (1.5, 15.0), (2.0, 30.0), (3.0, 40.0), (9.0, 50.0)] {
            assert!(close(interpolate(x, &xs, &ys), y), "{x}");
        }
    }

    #[test]
    fn only_the_upper_half_is_bent() {
        assert!(close(bend(30.0, 40.0, 100.0), 30.0));
        assert!((bend(41.0, 40.0, 1e4) - 41.0).abs() < 1e-3, "a small step above stays nearly what it is");
        assert!(bend(1e12, 40.0, 100.0) <= 140.0);
        assert!(bend(1e12, 400.0, 100.0) <= 800.0);
    }

    #[test]
    fn percentiles_lie_between_values() {
        let of = percentiles((0..=100).rev().map(|v| number(v) * 2.0).collect());
        assert!(close(of[0], 2.0) && close(of[49], 100.0) && close(of[98], 198.0));
        assert!(
            close(level_of(100.0, &of), 0.5) && close(level_of(0.0, &of), 0.0) && close(level_of(999.0, &of), 0.995)
        );
        assert!(close(percentiles(vec![7.0])[50], 7.0));
    }

    #[test]
    fn chance_is_the_published_sequence_and_evenly_spread() {
        // Worked out by an implementation of the published algorithm in another language.
        assert!((uniform(0) - 0.025_503_484_179_569_602).abs() < 1e-15);
        assert!((uniform(1_000) - 0.652_672_696_834_502_7).abs() < 1e-15);
        let mean = (0..10_000).map(uniform).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        assert_eq!(uniform(5).to_bits(), uniform(5).to_bits());
        assert_ne!(uniform(5).to_bits(), uniform(6).to_bits());
    }
}
