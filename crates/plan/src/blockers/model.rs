//! How likely is it that an open item is stuck? A logistic regression over what can be seen of it.
//!
//! The weights were learned from the past of six public streams of work; `sightline backtest --blockers` learns them anew
//! from the streams of a workspace, each scored by weights that were learned without it. See decision 12.

use super::seen::{Seen, Usual};
use crate::forecast::numbers::number;
use crate::work::WorkItem;

/// Things that are weighed.
pub(super) const N: usize = 15;
/// What is weighed, in the order of the weights.
pub const FEATURES: [&str; N] = [
    "age over usual time",
    "age over long time",
    "silence over usual time",
    "silence over age",
    "things done",
    "comments by others",
    "people",
    "things done lately",
    "with somebody",
    "silence of assignee",
    "begun",
    "answered",
    "in a milestone",
    "pull request",
    "open over done in a year",
];
/// How strongly weights are held near nought.
const RIDGE: f64 = 20.0;
/// Steps of fitting; it settles in about six.
const STEPS: usize = 12;

/// What is weighed of one item on one day.
pub(super) type Features = [f64; N];

/// Weights of [`FEATURES`] and what is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Weight of each feature.
    pub of: [f64; N],
    /// What is added.
    pub intercept: f64,
}

/// What was learned from the development data.
pub(super) const LEARNED: Weights = Weights {
    of: [
        0.1314, 0.3577, 0.1558, 0.1861, 0.5947, -0.6324, 0.6921, -0.0320, -1.0271, 0.0499, -1.3223, -0.1558, -0.1661,
        0.6390, 0.7664,
    ],
    intercept: -0.1877,
};

pub(super) fn features(item: &WorkItem, seen: &Seen, usual: &Usual) -> Features {
    let over = |a: f64, b: f64| libm::log((a + 1.0) / (b + 1.0));
    let many = |n: usize| libm::log(1.0 + number(n));
    let is = |claim: bool| f64::from(u8::from(claim));
    let is_assigned = !seen.assignees.is_empty();
    [
        over(seen.age, usual.p50),
        over(seen.age, usual.p85),
        over(seen.idle, usual.p50),
        over(seen.idle, seen.age),
        many(seen.n_events),
        many(seen.n_other),
        many(seen.n_people),
        many(seen.n_recent),
        is(is_assigned),
        is(is_assigned) * libm::log(1.0 + seen.silent),
        is(seen.is_started),
        is(seen.n_other > 0),
        is(!seen.milestones.is_empty()),
        is(item.is_pull),
        libm::log(usual.load + 0.05),
    ]
}

impl Weights {
    /// The chance that it is stuck.
    pub(super) fn chance(&self, features: &Features) -> f64 {
        let sum = self.of.iter().zip(features).fold(self.intercept, |sum, (w, x)| sum + w * x);
        1.0 / (1.0 + libm::exp(-sum))
    }

    /// Learns weights from examples: what was seen, whether it came true, and how much each example counts. `None`
    /// without examples of both outcomes.
    ///
    /// # Source
    /// Penalised iteratively reweighted least squares: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning",
    /// 2009, 4.4.
    pub(super) fn learn(examples: &[(&Features, bool, f64)]) -> Option<Self> {
        let total: f64 = examples.iter().map(|(.., w)| w).sum();
        if !(examples.iter().any(|e| e.1) && examples.iter().any(|e| !e.1)) || total <= 0.0 {
            return None;
        }
        let n = number(examples.len());
        let mut mean = [0.0; N];
        for (features, ..) in examples {
            mean.iter_mut().zip(*features).for_each(|(mean, value)| *mean += value / n);
        }
        let mut spread = [0.0; N];
        for (features, ..) in examples {
            for ((spread, value), mean) in spread.iter_mut().zip(*features).zip(&mean) {
                *spread += (value - mean) * (value - mean) / n;
            }
        }
        let spread = spread.map(|variance: f64| variance.sqrt() + 1e-9);
        // The last place is what is added.
        let mut beta = [0.0; N + 1];
        for _ in 0..STEPS {
            let mut hessian = [[0.0; N + 1]; N + 1];
            let mut gradient = [0.0; N + 1];
            for (features, came_true, weight) in examples {
                let scaled: [f64; N + 1] =
                    std::array::from_fn(|k| if k < N { (features[k] - mean[k]) / spread[k] } else { 1.0 });
                let sum: f64 = beta.iter().zip(&scaled).map(|(beta, value)| beta * value).sum();
                let chance = 1.0 / (1.0 + libm::exp(-sum));
                let weight = weight * n / total;
                let off = weight * (f64::from(u8::from(*came_true)) - chance);
                let curve = weight * chance * (1.0 - chance);
                for (place, (slope, row)) in gradient.iter_mut().zip(&mut hessian).enumerate() {
                    *slope += off * scaled[place];
                    // Only the lower half is filled.
                    for (cell, other) in row.iter_mut().zip(&scaled).take(place + 1) {
                        *cell += curve * scaled[place] * other;
                    }
                }
            }
            for (place, (slope, row)) in gradient.iter_mut().zip(&mut hessian).enumerate().take(N) {
                row[place] += RIDGE;
                *slope -= RIDGE * beta[place];
            }
            beta.iter_mut().zip(solve(hessian, gradient)).for_each(|(beta, step)| *beta += step);
        }
        let of: [f64; N] = std::array::from_fn(|k| beta[k] / spread[k]);
        let intercept = beta[N] - of.iter().zip(&mean).map(|(weight, mean)| weight * mean).sum::<f64>();
        Some(Self { of, intercept })
    }
}

/// Solves a symmetric positive system whose lower half is given, by Cholesky's method.
fn solve(mut matrix: [[f64; N + 1]; N + 1], mut right: [f64; N + 1]) -> [f64; N + 1] {
    for i in 0..=N {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            matrix[i][j] =
                if i == j { (matrix[i][i] - sum).max(1e-12).sqrt() } else { (matrix[i][j] - sum) / matrix[j][j] };
        }
    }
    for i in 0..=N {
        let sum: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    for i in (0..=N).rev() {
        let sum: f64 = (i + 1..=N).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_gets_the_weight() {
        // Odds of 3 to 1 with the first feature and 1 to 3 without; the second says nothing.
        let examples: Vec<(Features, bool)> = (0..4_000)
            .map(|i| {
                let (first, second) = (i % 2 == 0, i / 2 % 2 == 0);
                let mut x = [0.0; N];
                x[0] = f64::from(u8::from(first));
                x[1] = f64::from(u8::from(second));
                (x, (i / 4 % 4 != 0) == first)
            })
            .collect();
        let given: Vec<_> = examples.iter().map(|(x, y)| (x, *y, 1.0)).collect();
        let weights = Weights::learn(&given).expect("both outcomes are there");
        let chance = |first: f64| {
            let mut x = [0.0; N];
            x[0] = first;
            weights.chance(&x)
        };
        assert!((chance(1.0) - 0.75).abs() < 0.02, "{}", chance(1.0));
        assert!((chance(0.0) - 0.25).abs() < 0.02, "{}", chance(0.0));
        assert!(weights.of[1].abs() < 0.01, "{weights:?}");
        assert_eq!(Weights::learn(&given[..1]), None, "one outcome teaches nothing");
    }
}
