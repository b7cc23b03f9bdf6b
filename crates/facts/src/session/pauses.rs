//! Pauses in long queries, so that one whose time is up can be stopped.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

/// Lets every join pause after some batches. The engine itself pauses where rows are read alone, and a join can make
/// a billion rows out of one that it has read: whoever counts them would never come to a pause.
#[derive(Debug)]
pub(super) struct PauseInJoins;

impl PhysicalOptimizerRule for PauseInJoins {
    fn name(&self) -> &'static str {
        "PauseInJoins"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            Ok(if node.name().contains("Join") {
                Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(node)
            })
        })
        .map(|t| t.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}
