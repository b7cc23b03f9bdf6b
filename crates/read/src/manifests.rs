//! Manifests and lock files: what a project says of itself and what it depends on, each with its line.
//!
//! A reader is chosen by the name of the file alone ([`wants`]). What cannot be read becomes a row of `gaps` and stops
//! nothing. Nothing is executed: build scripts are read as text, for what they say literally.

mod beam;
mod cargo;
mod composer;
mod go;
mod gradle;
mod gradle_data;
pub(crate) mod lines;
mod maven;
mod native;
mod npm;
mod npm_locks;
mod nuget;
mod others;
mod pnpm_lock;
mod purl;
mod python;
mod python_locks;
mod requirements;
mod ruby;
mod sbt;
mod script;
mod sheet;
mod swift;
pub(crate) mod tree;
mod xml;
mod yarn_lock;

use crate::file::FileInput;
use crate::rows::SourceRows;
use sheet::Sheet;

/// Raised when any reader here says something else of the same bytes.
pub const VERSION: u32 = 2;

/// A reader of one format.
type Reader = fn(&mut Sheet<'_, '_>);

/// How a format is read: registry (purl type), name of the format, whether it is a lock file, and by what.
type Format = (&'static str, &'static str, bool, Reader);

/// The format of a path, by its name and, where a name is common, by its folder.
fn format_of(path: &str) -> Option<Format> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let format: Format = match name {
        "package.json" => ("npm", "package.json", false, npm::package_json),
        "package-lock.json" => ("npm", "package-lock.json", true, npm_locks::package_lock),
        "npm-shrinkwrap.json" => ("npm", "npm-shrinkwrap.json", true, npm_locks::package_lock),
        "bun.lock" => ("npm", "bun.lock", true, npm_locks::bun_lock),
        "pnpm-lock.yaml" => ("npm", "pnpm-lock.yaml", true, pnpm_lock::pnpm_lock),
        "pnpm-workspace.yaml" => ("npm", "pnpm-workspace.yaml", false, npm::pnpm_workspace),
        "yarn.lock" => ("npm", "yarn.lock", true, yarn_lock::yarn_lock),
        "deno.json" | "deno.jsonc" => ("jsr", "deno.json", false, npm::deno_json),
        "deno.lock" => ("jsr", "deno.lock", true, npm::deno_lock),
        "Cargo.toml" => ("cargo", "Cargo.toml", false, cargo::cargo_toml),
        "Cargo.lock" => ("cargo", "Cargo.lock", true, cargo::cargo_lock),
        "go.mod" => ("golang", "go.mod", false, go::go_mod),
        "go.work" => ("golang", "go.work", false, go::go_work),
        "go.sum" => ("golang", "go.sum", true, go::go_sum),
        "pom.xml" => ("maven", "pom.xml", false, maven::pom),
        "build.gradle" | "build.gradle.kts" | "settings.gradle" | "settings.gradle.kts" => (
            "maven",
            if name.starts_with('b') { "build.gradle" } else { "settings.gradle" },
            false,
            gradle::build_script,
        ),
        "dependencies.gradle" | "versions.gradle" | "libraries.gradle" | "deps.gradle" => {
            ("maven", "dependencies.gradle", false, gradle::coordinates_script)
        }
        "gradle.lockfile" => ("maven", "gradle.lockfile", true, gradle_data::lockfile),
        "buildscript-gradle.lockfile" => ("maven", "buildscript-gradle.lockfile", true, gradle_data::lockfile),
        "verification-metadata.xml" => ("maven", "verification-metadata.xml", true, gradle_data::verification_metadata),
        "pyproject.toml" => ("pypi", "pyproject.toml", false, python::pyproject),
        "Pipfile" => ("pypi", "Pipfile", false, python::pipfile),
        "Pipfile.lock" => ("pypi", "Pipfile.lock", true, python_locks::pipfile_lock),
        "poetry.lock" => ("pypi", "poetry.lock", true, python_locks::poetry_lock),
        "pdm.lock" => ("pypi", "pdm.lock", true, python_locks::poetry_lock),
        "uv.lock" => ("pypi", "uv.lock", true, python_locks::uv_lock),
        "setup.cfg" => ("pypi", "setup.cfg", false, python::setup_cfg),
        "setup.py" => ("pypi", "setup.py", false, python::setup_py),
        "environment.yml" | "environment.yaml" => ("conda", "environment.yml", false, python::conda),
        "Directory.Packages.props" => ("nuget", "Directory.Packages.props", false, nuget::msbuild),
        "Directory.Build.props" | "Directory.Build.targets" => {
            ("nuget", "Directory.Build.props", false, nuget::msbuild)
        }
        "packages.config" => ("nuget", "packages.config", false, nuget::packages_config),
        "packages.lock.json" => ("nuget", "packages.lock.json", true, nuget::packages_lock),
        "project.assets.json" => ("nuget", "project.assets.json", true, nuget::libraries),
        "paket.dependencies" => ("nuget", "paket.dependencies", false, nuget::paket_dependencies),
        "paket.lock" => ("nuget", "paket.lock", true, nuget::paket_lock),
        "Gemfile" | "gems.rb" => ("gem", "Gemfile", false, ruby::gemfile),
        "Gemfile.lock" | "gems.locked" => ("gem", "Gemfile.lock", true, ruby::gemfile_lock),
        "composer.json" => ("composer", "composer.json", false, composer::composer_json),
        "composer.lock" => ("composer", "composer.lock", true, composer::composer_lock),
        "mix.exs" => ("hex", "mix.exs", false, beam::mix_exs),
        "mix.lock" => ("hex", "mix.lock", true, beam::mix_lock),
        "gleam.toml" => ("hex", "gleam.toml", false, beam::gleam_toml),
        "Package.swift" => ("swift", "Package.swift", false, swift::package_swift),
        "Package.resolved" => ("swift", "Package.resolved", true, swift::package_resolved),
        "Podfile" => ("cocoapods", "Podfile", false, ruby::podfile),
        "Podfile.lock" => ("cocoapods", "Podfile.lock", true, ruby::podfile_lock),
        "conanfile.txt" => ("conan", "conanfile.txt", false, native::conanfile_txt),
        "conanfile.py" => ("conan", "conanfile.py", false, native::conanfile_py),
        "conan.lock" => ("conan", "conan.lock", true, native::conan_lock),
        "vcpkg.json" => ("vcpkg", "vcpkg.json", false, native::vcpkg),
        "pubspec.yaml" => ("pub", "pubspec.yaml", false, others::pubspec),
        "pubspec.lock" => ("pub", "pubspec.lock", true, others::pubspec_lock),
        "renv.lock" => ("cran", "renv.lock", true, others::renv_lock),
        "cabal.project.freeze" => ("hackage", "cabal.project.freeze", true, others::cabal_freeze),
        "stack.yaml.lock" => ("hackage", "stack.yaml.lock", true, others::stack_lock),
        _ => return by_ending(folder, name),
    };
    Some(format)
}

/// The format of a file whose name is not fixed.
fn by_ending(folder: &str, name: &str) -> Option<Format> {
    let (stem, ending) = name.rsplit_once('.')?;
    let in_project = folder == "project" || folder.ends_with("/project");
    let format: Format = match ending {
        "csproj" | "fsproj" | "vbproj" => ("nuget", "csproj", false, nuget::msbuild),
        "nuspec" => ("nuget", "nuspec", false, nuget::nuspec),
        "json" if stem.rsplit_once('.').is_some_and(|(_, inner)| inner == "deps") => {
            ("nuget", "deps.json", true, nuget::libraries)
        }
        "gemspec" => ("gem", "gemspec", false, ruby::gemspec),
        "sbt" => ("maven", "build.sbt", false, sbt::sbt),
        "scala" if in_project => ("maven", "build.sbt", false, sbt::sbt),
        "toml" if stem.ends_with(".versions") => ("maven", "libs.versions.toml", false, gradle_data::catalog),
        "toml" if stem == "pylock" || (stem.starts_with("pylock.") && !stem["pylock.".len()..].contains('.')) => {
            ("pypi", "pylock.toml", true, python_locks::pylock)
        }
        "txt" | "in" if requirements::wants(folder, name) => {
            ("pypi", "requirements.txt", false, requirements::requirements)
        }
        _ => return None,
    };
    Some(format)
}

/// Whether a path is a manifest or lock file that some reader here reads (by name only, cheap, no allocation).
pub fn wants(path: &str) -> bool {
    format_of(path).is_some()
}

/// Appends rows of `packages`, `projects` (and `gaps`) for one manifest or lock file.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    let Some((ecosystem, format, is_lock, reader)) = format_of(file.path) else { return };
    let mut sheet = Sheet::new(file, rows);
    sheet.is(ecosystem, format, is_lock);
    reader(&mut sheet);
}
