//! The protocol's side: what a client lists, calls and reads.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, PromptMessage, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;
use sightline_tell::{render, section};
use tokio::sync::Semaphore;

use crate::error::ToolError;
use crate::limits::{AT_ONCE, CALL_TIME, TEXT_BYTES, cut_text};
use crate::reply::{UNTRUSTED, marked, result};
use crate::state::State;
use crate::{prompts, tools};

/// Before the id of a section in the address of a resource.
const REPORT: &str = "sightline://report/";

/// One client's view of the shared state.
#[derive(Debug, Clone)]
pub(crate) struct Assistant {
    state: Arc<State>,
    /// Questions that are worked on at a time, over all clients.
    places: Arc<Semaphore>,
    /// In the marks around data; new for each server, so that no repository can know it.
    boundary: Arc<str>,
}

impl Assistant {
    pub(crate) fn new(state: Arc<State>) -> Self {
        let mut bytes = [0; 8];
        // Without randomness the mark is weaker and the words of warning stay.
        getrandom::fill(&mut bytes).ok();
        let boundary = crate::hex(&bytes);
        Self { state, places: Arc::new(Semaphore::new(AT_ONCE)), boundary: boundary.into() }
    }

    /// Does blocking work beside the protocol, with a limit on how much at once and for how long the client waits.
    async fn work<T: Send + 'static>(
        &self,
        what: impl FnOnce(&State) -> Result<T, ToolError> + Send + 'static,
    ) -> Result<T, ToolError> {
        let state = Arc::clone(&self.state);
        let gone = |_| ToolError::Arguments("the server is stopping".to_owned());
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(gone)?;
        let work = tokio::task::spawn_blocking(move || {
            let answer = what(&state);
            drop(permit);
            answer
        });
        match tokio::time::timeout(CALL_TIME, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                Err(ToolError::Arguments("this question could not be answered: a fault of Sightline".to_owned()))
            }
            Err(_) => Err(ToolError::Arguments(format!("no answer within {} seconds", CALL_TIME.as_secs()))),
        }
    }
}

fn instructions() -> String {
    format!(
        "Sightline knows one or more software systems from their repositories: parts, connections, endpoints, data, packages, \
         people, history, weak points. It answers from tables that a scan filled, and sends nothing anywhere.\n\
         Start with `overview`, then `map`; `search` finds a thing by its name; `show_component`, `impact`, `flow`, `endpoints` \
         and `data` follow it; `sql` asks the tables (`list_tables`, `describe_table` first).\n\
         Every answer lists evidence ids; `evidence` opens them. Cite them. `basis` says how a thing is known: `declared` and \
         `resolved` are written or followed in files, `inferred` is the likeliest reading (say \"appears to\"), `said` is what \
         people wrote. What could not be read or followed stands in the tables `gaps` and `map_gaps`.\n\
         {UNTRUSTED} It stands between marks with an id that only this server knows."
    )
}

impl ServerHandler for Assistant {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("sightline", env!("CARGO_PKG_VERSION")).with_title("Sightline"))
            .with_instructions(instructions())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = tools::ALL
            .iter()
            .map(|tool| {
                let annotations = ToolAnnotations::with_title(tool.title)
                    .read_only(true)
                    .destructive(false)
                    .idempotent(true)
                    .open_world(false);
                Tool::new(tool.name, tool.description, Arc::new((tool.schema)()))
                    .with_title(tool.title)
                    .with_annotations(annotations)
            })
            .collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::ALL.iter().find(|t| t.name == request.name) else {
            let known: Vec<&str> = tools::ALL.iter().map(|t| t.name).collect();
            let message = format!("there is no tool of that name; the tools are {}", known.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let reply = self.work(move |state| (tool.run)(state, arguments)).await;
        Ok(result(reply, &self.boundary).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let sections = section::all().map_err(|e| ErrorData::internal_error(e.to_string(), None))?;
        let resources = sections
            .iter()
            .map(|s| {
                Resource::new(format!("{REPORT}{}", s.id), format!("report-{}", s.id))
                    .with_title(s.title.clone())
                    .with_description(s.question.clone())
                    .with_mime_type("text/markdown")
            })
            .collect();
        Ok(ListResourcesResult::with_all_items(resources))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{REPORT}{{section}}"), "report-section")
            .with_title("A page of the report")
            .with_description("One section of the report as Markdown, with its evidence")
            .with_mime_type("text/markdown");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let missing = || ErrorData::resource_not_found(format!("resources begin with `{REPORT}`"), None);
        let id = uri.strip_prefix(REPORT).ok_or_else(missing)?.to_owned();
        let page = self
            .work(move |state| {
                let facts = state.facts()?;
                let report = sightline_tell::load_section(&facts.session, &id)?;
                Ok(render::markdown(&report, Some(&id)))
            })
            .await
            .map_err(|e| ErrorData::resource_not_found(e.to_string(), None))?;
        // A page is read once and whole, so it may be longer than an answer.
        let (text, is_cut) = cut_text(&page, TEXT_BYTES * 5);
        let mut text = marked(text, &self.boundary);
        if is_cut {
            text.push_str("\nThis page is not whole; the tools answer its questions one by one.");
        }
        let contents = ResourceContents::text(text, uri).with_mime_type("text/markdown");
        Ok(ReadResourceResponse::from(ReadResourceResult::new(vec![contents])))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::all().iter().map(prompts::Written::listed).collect()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let prompt = prompts::find(&request.name).ok_or_else(|| {
            let known: Vec<Value> = prompts::all().iter().map(|p| p.listed().name.into()).collect();
            ErrorData::invalid_params("there is no prompt of that name", Some(Value::Array(known)))
        })?;
        let text = prompt.filled(request.arguments.as_ref()).map_err(|e| ErrorData::invalid_params(e, None))?;
        let result = GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
            .with_description(prompt.description());
        Ok(result.into())
    }
}
