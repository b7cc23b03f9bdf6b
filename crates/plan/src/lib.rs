//! The program: flow, forecasts with measured probabilities, blockers, dependencies.
