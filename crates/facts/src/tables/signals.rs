//! Table `signals`.

use crate::spec::Proof;

crate::table! {
    /// One row per thing that a detector saw in a file: a route, a call, a topic, an image, a setting.
    "signals", version 1, proof Proof::TextInLines("seen");
    row SignalRow, builder SignalsBuilder, view SignalsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    rule: Text [""] "The detector, by its id in `rules/`.";
    kind: Text [""] "What was seen. Deployment: `service`, `workload`, `image`, `base-image`, `build-context`, `port`, `env`, `depends-on`, `alias`, `env-file`, `volume`, `command`, `ingress-route`, `scrape-target`. Configuration: `app-name`, `base-path`, `config-value`, `gateway-route`, `broker-address`, `platform-address`, `topic-binding`. Code: `application`, `route`, `client`, `http-call`, `rpc-service`, `rpc-method`, `rpc-call`, `env-read`, `api-operation`, `consumes-topic`, `produces-topic`, `data-access`, `data-model`, `role`, `job`, `ai-model`, `outside-service`, `declared-command`.";
    name: OptText [""] "What it is called: the service, the key of a setting, the variable, the class, the role.";
    value: OptText [""] "Its value as written, placeholders and all. Values of secrets are never kept.";
    target: OptText [""] "What it points to, as written: a host, a URL, a service name, an image, a connection string.";
    method: OptText [""] "HTTP method in capitals; empty where any is meant.";
    http_route: OptText [""] "Path of a route or call with its variables as written, beginning with `/`.";
    messaging_destination: OptText [""] "Topic, queue or exchange.";
    technology: OptText [""] "What it is made with, in the detector's words, such as `spring-kafka` or `express`.";
    scope: OptText [""] "The named thing it belongs to, such as the service of a Compose file, the workload of a Kubernetes file or the id of a gateway's route.";
    attributes: OptText [""] "Further captured values as a JSON object with sorted keys.";
    basis: Text [""] "How it is known: `declared`, `resolved` or `inferred`.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
