//! The technology catalogue: what a package, image, import, URL scheme, host, port or environment variable means.
//!
//! It is data (`rules/catalogue/<kind>.toml`), so that adding a technology needs no Rust. A workspace's own files are
//! read by the same loader. Every question is answered by the most specific pattern that fits: the exact name, then
//! the longest prefix, then the pattern with the most literal characters. An answer is a list because a pattern may
//! be shared on purpose; nearly always it has one entry.

mod parse;
mod patterns;
mod recognise;
mod reference;
#[cfg(test)]
mod tests;

use sightline_facts::Diagnostic;

use patterns::Patterns;

pub use recognise::technologies;
pub use reference::catalogue_reference;

mod room {
    //! The data room, as the build script listed it.
    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
}

/// Kinds of technology with the heading they have on the reference page.
pub const KINDS: &[(&str, &str)] = &[
    ("ai", "AI models and agents"),
    ("analytics", "Product analytics"),
    ("auth-service", "Sign-in run by others"),
    ("bi", "Reports and dashboards"),
    ("build", "Build tools"),
    ("cache", "Caches"),
    ("cdn", "Content delivery"),
    ("ci", "Checks of each change"),
    ("cli", "Command lines"),
    ("cloud", "Clouds"),
    ("cms", "Content management"),
    ("code-quality", "Linters and formatters"),
    ("config", "Configuration"),
    ("container", "Containers"),
    ("crm", "Customer and support systems"),
    ("data-pipeline", "Data pipelines"),
    ("data-science", "Numbers and tables"),
    ("data-warehouse", "Data warehouses"),
    ("database", "Databases"),
    ("desktop", "Desktop apps"),
    ("documents", "Documents, pictures and media"),
    ("email", "Email"),
    ("feature-flags", "Feature flags"),
    ("game", "Games and 3D"),
    ("gateway", "API gateways"),
    ("graphql", "GraphQL"),
    ("http-client", "HTTP clients"),
    ("identity", "Sign-in and permissions"),
    ("infrastructure", "Infrastructure"),
    ("job-runner", "Background jobs"),
    ("language-runtime", "Language runtimes"),
    ("logging", "Logging"),
    ("maps", "Maps"),
    ("messaging-service", "Chat and notices"),
    ("migration", "Database migrations"),
    ("ml", "Machine learning"),
    ("mobile", "Mobile apps"),
    ("monitoring", "Monitoring"),
    ("object-store", "File stores"),
    ("orchestration", "Running many containers"),
    ("orm", "Data access"),
    ("package-manager", "Package managers"),
    ("payments", "Payments"),
    ("proxy", "Proxies and web servers"),
    ("queue", "Queues and messaging"),
    ("realtime", "Live connections"),
    ("registry", "Service registries"),
    ("resilience", "Coping with failures"),
    ("rpc", "Remote calls"),
    ("scheduler", "Schedules"),
    ("search", "Search"),
    ("secrets", "Secrets"),
    ("serialization", "Data formats"),
    ("serverless", "Serverless"),
    ("sms", "Texts and calls"),
    ("source-hosting", "Code hosting"),
    ("storage-cloud", "Files kept by others"),
    ("stream", "Event streams"),
    ("template", "Page templates"),
    ("test", "Tests"),
    ("tracing", "Tracing"),
    ("ui-framework", "User interfaces"),
    ("utility", "Everyday helpers"),
    ("validation", "Checking of data"),
    ("web-framework", "Web frameworks"),
    ("workflow", "Workflows"),
];

/// What a place that names a technology says of the component that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The component is that thing when it runs: a registry server, an image of a database.
    Is,
    /// The component uses that thing.
    Uses,
}

impl Role {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::Uses => "uses",
        }
    }
}

/// One technology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technology {
    /// Id, unique in the catalogue.
    pub id: String,
    /// Name as its makers write it.
    pub name: String,
    /// Kind, one of [`KINDS`].
    pub kind: String,
    /// What it does, in at most twelve plain words.
    pub purpose: String,
    /// The outside company that runs it, when one does.
    pub company: Option<String>,
    /// Packages that make a component use it: purl type, `:`, name; a trailing `*` stands for any rest.
    pub packages: Vec<String>,
    /// Packages that make a component be it.
    pub packages_server: Vec<String>,
    /// Container images without registry `docker.io`, tag and digest.
    pub images: Vec<String>,
    /// URL schemes.
    pub schemes: Vec<String>,
    /// Well-known ports.
    pub ports: Vec<u16>,
    /// Imports of code, with the language before a `:` where only that language means it.
    pub imports: Vec<String>,
    /// Names of environment variables.
    pub env: Vec<String>,
    /// Host names on the network; with the start of a path where one host serves several purposes.
    pub hosts: Vec<String>,
    /// Patterns of this technology that others claim too, on purpose.
    pub shared: Vec<String>,
    /// File it comes from.
    pub file: String,
}

/// A technology that something was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The technology.
    pub technology: &'a Technology,
    /// Whether the component is it or uses it.
    pub role: Role,
}

/// All technologies with lookups.
#[derive(Debug, Clone)]
pub struct Catalogue {
    technologies: Vec<Technology>,
    packages: Patterns,
    images: Patterns,
    schemes: Patterns,
    ports: Patterns,
    imports: Patterns,
    env: Patterns,
    hosts: Patterns,
}

impl Catalogue {
    /// Our catalogue and a user's own files (`extra`: file name and text).
    ///
    /// # Errors
    /// The first thing that is wrong in a file, and where.
    pub fn new(extra: &[(String, String)]) -> Result<Self, Box<Diagnostic>> {
        let ours = room::FILES.iter().map(|(name, text)| (format!("rules/catalogue/{name}"), *text));
        let users = extra.iter().map(|(name, text)| (name.clone(), text.as_str()));
        parse::catalogue(ours.chain(users))
    }

    fn over(mut technologies: Vec<Technology>) -> Self {
        technologies.sort_by(|a, b| a.id.cmp(&b.id));
        let mut made = Self {
            technologies: Vec::new(),
            packages: Patterns::default(),
            images: Patterns::default(),
            schemes: Patterns::default(),
            ports: Patterns::default(),
            imports: Patterns::default(),
            env: Patterns::default(),
            hosts: Patterns::default(),
        };
        for (i, t) in technologies.iter().enumerate() {
            t.packages_server.iter().for_each(|p| made.packages.add(p, i, Role::Is));
            t.packages.iter().for_each(|p| made.packages.add(p, i, Role::Uses));
            t.images.iter().for_each(|p| made.images.add(p, i, Role::Is));
            t.schemes.iter().for_each(|p| made.schemes.add(p, i, Role::Uses));
            t.ports.iter().for_each(|p| made.ports.add(&p.to_string(), i, Role::Is));
            t.env.iter().for_each(|p| made.env.add(p, i, Role::Uses));
            t.hosts.iter().for_each(|p| made.hosts.add(p, i, Role::Uses));
            for import in &t.imports {
                if import.contains(':') {
                    made.imports.add(import, i, Role::Uses);
                } else {
                    made.imports.add(&format!("*:{import}"), i, Role::Uses);
                }
            }
            // All artifacts of a Maven group keep their code below the group's name, as a rule.
            for group in t.packages.iter().filter_map(|p| p.strip_prefix("maven:")?.strip_suffix(":*")) {
                made.imports.add_default(&format!("java:{group}"), i, Role::Uses);
            }
        }
        made.technologies = technologies;
        made
    }

    /// All technologies, by id.
    pub fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    /// The technology of that id.
    pub fn get(&self, id: &str) -> Option<&Technology> {
        self.technologies.binary_search_by(|t| t.id.as_str().cmp(id)).ok().map(|i| &self.technologies[i])
    }

    /// What a package is, by its purl type (`npm`, `maven`, …) and its name in the registry.
    ///
    /// Major versions at the end of Go modules do not count, and a Swift package is also known by the last part of
    /// its URL.
    pub fn of_package(&self, ecosystem: &str, name: &str) -> Vec<Hit<'_>> {
        let name = patterns::package_name(ecosystem, name);
        let found = self.hits(self.packages.find(&format!("{ecosystem}:{name}")));
        if !found.is_empty() {
            return found;
        }
        match ecosystem {
            "golang" => match patterns::without_major(&name) {
                Some(bare) => self.hits(self.packages.find(&format!("golang:{bare}"))),
                None => found,
            },
            "swift" => match name.rsplit_once('/') {
                Some((_, last)) => self.hits(self.packages.find(&format!("swift:{}", last.trim_end_matches(".git")))),
                None => found,
            },
            _ => found,
        }
    }

    /// What runs in a container of that image; registry `docker.io`, `library/`, tag and digest do not count.
    pub fn of_image(&self, image: &str) -> Vec<Hit<'_>> {
        self.hits(self.images.find(&patterns::image_name(image)))
    }

    /// What a URL speaks to, by its scheme. Without `://` only the schemes of JDBC and R2DBC are taken for one, since
    /// `mysql:3306` is a host and a port.
    pub fn of_scheme(&self, url: &str) -> Vec<Hit<'_>> {
        let Some(scheme) = patterns::scheme(url) else { return Vec::new() };
        let found = self.hits(self.schemes.find(&scheme));
        match scheme.split_once('+') {
            Some((first, _)) if found.is_empty() => self.hits(self.schemes.find(first)),
            _ => found,
        }
    }

    /// Whom a host name belongs to; a port does not count.
    pub fn of_host(&self, host: &str) -> Vec<Hit<'_>> {
        let host = host.trim().to_ascii_lowercase();
        let host = host.split_once(':').map_or(host.as_str(), |(name, _)| name).trim_end_matches('.');
        self.hits(self.hosts.find(host))
    }

    /// Whom an address belongs to, by its host and where one host serves several purposes by the start of its path.
    pub fn of_address(&self, host: &str, path: &str) -> Vec<Hit<'_>> {
        let host = host.trim().to_ascii_lowercase();
        let host = host.split_once(':').map_or(host.as_str(), |(name, _)| name).trim_end_matches('.');
        let path = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
        let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).take(3).collect();
        while let Some(end) = ends.pop() {
            let found = self.hosts.find_exactly(&format!("{host}/{}", &path[..end]));
            if !found.is_empty() {
                return self.hits(found);
            }
        }
        self.of_host(host)
    }

    /// What an import of code brings in. `language` is the word of the table `imports`, in any case.
    ///
    /// The import itself and everything above it are tried, with the language first; where nothing says it, the name
    /// of the package that the import is bound to in Go, JavaScript, TypeScript, Python, Rust and Ruby decides.
    pub fn of_import(&self, language: &str, import: &str) -> Vec<Hit<'_>> {
        let language = patterns::import_language(language);
        for above in patterns::upwards(import) {
            for scope in [language.as_str(), "*"] {
                let found = self.imports.find_exactly(&format!("{scope}:{above}"));
                if !found.is_empty() {
                    return self.hits(found);
                }
            }
        }
        let Some((ecosystem, name)) = patterns::package_of_import(&language, import) else { return Vec::new() };
        if ecosystem != "golang" {
            return self.of_package(ecosystem, &name);
        }
        // A Go import names a package below its module.
        let mut path = name.as_str();
        loop {
            let found = self.of_package(ecosystem, path);
            match path.rsplit_once('/') {
                Some((above, _)) if found.is_empty() => path = above,
                _ => return found,
            }
        }
    }

    /// What an environment variable configures, by its name.
    pub fn of_env(&self, name: &str) -> Vec<Hit<'_>> {
        self.hits(self.env.find(name))
    }

    /// What listens on a well-known port.
    pub fn of_port(&self, port: u16) -> Vec<Hit<'_>> {
        self.hits(self.ports.find_exactly(&port.to_string()))
    }

    fn hits(&self, found: &[(usize, Role)]) -> Vec<Hit<'_>> {
        found.iter().map(|(i, role)| Hit { technology: &self.technologies[*i], role: *role }).collect()
    }
}

/// Text of all our files, for a hash over what recognition depends on.
pub fn catalogue_texts() -> impl Iterator<Item = &'static str> {
    room::FILES.iter().map(|(_, text)| *text)
}
