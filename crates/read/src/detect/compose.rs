//! Which YAML files are Compose files. Their names do not say it: what a file includes or extends may be called
//! `common.yml`, and stacks are kept as `local.yml` and `production.yml`.

use crate::manifests::tree::Node;

/// What a service may say: the Compose Specification's chapter on services, and keys of earlier versions.
const KEYS: &str = "\
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name \
    cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec \
    depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname driver_opts entrypoint \
    env_file environment expose extends external_links extra_hosts gpus group_add healthcheck hostname image init \
    ipc isolation label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit \
    models net network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start \
    pre_stop privileged profiles provider pull_policy read_only restart runtime scale secrets security_opt shm_size \
    stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode \
    uts volume_driver volumes volumes_from working_dir";

/// Whether a file is one of Compose: by its name, or since it has services which say nothing but what those of Compose
/// may say.
pub(super) fn is_compose(path: &str, documents: &[Node<'_>]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_service = |service: &Node<'_>| {
        let mut keys = service.entries().iter().map(|e| &*e.key).filter(|k| *k != "<<").peekable();
        keys.peek().is_some() && keys.all(|k| k.starts_with("x-") || KEYS.split(' ').any(|known| known == k))
    };
    name.contains("compose") || {
        let mut services = documents.iter().flat_map(|d| d.entries_of("services")).peekable();
        services.peek().is_some() && services.all(|s| is_service(&s.node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::tree;

    #[test]
    fn a_file_of_compose_is_known_by_what_its_services_say() {
        let check = |path: &str, text: &str, expect: bool| {
            let documents = tree::documents(text, 10).expect("YAML");
            assert_eq!(is_compose(path, &documents), expect, "{path}: {text}");
        };
        check("ops/common.yml", "services:\n  db: {image: postgres, x-note: y}\n", true);
        check("ops/common.yml", "services:\n  db: {environment: {A: b}}\n  web: {build: .}\n", true);
        check("docker-compose.dev.yml", "db: {image: postgres}\n", true);
        check("dev.yml", "db: {image: postgres}\n", false);
        // A container of a framework, jobs of a pipeline, a list.
        check(
            "config/services.yaml",
            "services:\n  _defaults: {autowire: true}\n  App\\Mailer: {public: true}\n",
            false,
        );
        check("config/services.yaml", "services:\n  App\\Mailer: ~\n", false);
        check("ci.yml", "services: [postgres]\n", false);
        check("ci.yml", "services: {}\n", false);
    }
}
