//! Prompts for common questions: `prompts.toml`, edited without Rust.

use std::sync::OnceLock;

use rmcp::model::{JsonObject, Prompt, PromptArgument};
use serde::Deserialize;

/// Longest value of an argument that is put into a prompt, in characters.
const LONGEST: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    name: String,
    description: String,
    required: bool,
}

/// One prompt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    id: String,
    title: String,
    description: String,
    #[serde(default)]
    arguments: Vec<Argument>,
    text: String,
}

#[derive(Debug, Deserialize)]
struct File {
    prompt: Vec<Written>,
}

/// All prompts, as they stand in the file.
pub(crate) fn all() -> &'static [Written] {
    static ALL: OnceLock<Vec<Written>> = OnceLock::new();
    // The file is ours and a test reads it.
    ALL.get_or_init(|| toml::from_str::<File>(include_str!("../prompts.toml")).map(|f| f.prompt).unwrap_or_default())
}

/// The prompt of that name.
pub(crate) fn find(id: &str) -> Option<&'static Written> {
    all().iter().find(|p| p.id == id)
}

impl Written {
    /// As clients list it.
    pub(crate) fn listed(&self) -> Prompt {
        let arguments: Vec<PromptArgument> = self
            .arguments
            .iter()
            .map(|a| PromptArgument::new(&a.name).with_description(&a.description).with_required(a.required))
            .collect();
        Prompt::new(&self.id, Some(&self.description), (!arguments.is_empty()).then_some(arguments))
            .with_title(&self.title)
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Its text with the values of its arguments; the error names what is missing.
    pub(crate) fn filled(&self, given: Option<&JsonObject>) -> Result<String, String> {
        let mut text = self.text.trim().to_owned();
        for argument in &self.arguments {
            let value = given.and_then(|g| g.get(&argument.name)).and_then(|v| v.as_str()).unwrap_or_default();
            let value: String = value.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            if value.trim().is_empty() && argument.required {
                return Err(format!("the prompt `{}` needs the argument `{}`", self.id, argument.name));
            }
            let value = if value.trim().is_empty() { "nothing in particular" } else { value.trim() };
            text = text.replace(&format!("{{{}}}", argument.name), value);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_names_its_arguments_and_only_tools_that_exist() {
        assert!(all().len() >= 6);
        for prompt in all() {
            let given: JsonObject = prompt.arguments.iter().map(|a| (a.name.clone(), "X".into())).collect();
            let text = prompt.filled(Some(&given)).expect("all arguments are there");
            assert!(!text.contains('{'), "{}: {text}", prompt.id);
            for argument in &prompt.arguments {
                assert!(prompt.text.contains(&format!("{{{}}}", argument.name)), "{}", prompt.id);
            }
            // What stands alone between backticks and looks like a tool is one.
            for word in prompt.text.split('`').skip(1).step_by(2).filter(|w| w.contains('_')) {
                assert!(crate::tools::ALL.iter().any(|t| t.name == word), "{}: {word}", prompt.id);
            }
        }
    }

    #[test]
    fn a_missing_argument_is_named_and_an_optional_one_is_not_missed() {
        let error = find("what-breaks").expect("a prompt").filled(None).expect_err("it needs a name");
        assert_eq!(error, "the prompt `what-breaks` needs the argument `name`");
        assert!(find("steering-update").expect("a prompt").filled(None).is_ok());
    }
}
