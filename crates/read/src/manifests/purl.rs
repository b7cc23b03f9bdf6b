//! Package URLs by the purl specification and its types.

/// Builds the package URL of a package of a registry, with its version where it is known.
///
/// # Source
/// The purl specification, `PURL-SPECIFICATION` and `PURL-TYPES`.
pub(super) fn purl(ecosystem: &str, name: &str, version: Option<&str>) -> String {
    let mut out = String::with_capacity(name.len() + 32);
    out.push_str("pkg:");
    out.push_str(ecosystem);
    let mut subpath = None;
    let normalised;
    let name = match ecosystem {
        "pypi" => {
            normalised = name.to_lowercase().replace(['_', '.'], "-");
            normalised.as_str()
        }
        "composer" | "hex" | "pub" => {
            normalised = name.to_lowercase();
            normalised.as_str()
        }
        "maven" => {
            normalised = name.replacen(':', "/", 1);
            normalised.as_str()
        }
        "cocoapods" => match name.split_once('/') {
            Some((pod, subspec)) => {
                subpath = Some(subspec);
                pod
            }
            None => name,
        },
        _ => name,
    };
    for part in name.split('/').filter(|p| !p.is_empty()) {
        out.push('/');
        encode(part, &mut out);
    }
    if let Some(version) = version.filter(|v| !v.is_empty()) {
        out.push('@');
        encode(version, &mut out);
    }
    if let Some(subpath) = subpath {
        out.push('#');
        out.push_str(subpath);
    }
    out
}

fn encode(part: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::purl;

    #[test]
    fn package_urls_follow_the_rules_of_their_type() {
        let check = |ecosystem, name, version, expect: &str| {
            let built = purl(ecosystem, name, version);
            assert_eq!(built, expect);
            assert!(packageurl::PackageUrl::from_str(&built).is_ok(), "{built}");
        };
        check("npm", "@babel/core", Some("7.1.0"), "pkg:npm/%40babel/core@7.1.0");
        check("pypi", "Typing_Extensions", None, "pkg:pypi/typing-extensions");
        check("maven", "org.slf4j:slf4j-api", Some("2.0.1"), "pkg:maven/org.slf4j/slf4j-api@2.0.1");
        check("golang", "golang.org/x/text", Some("v0.3.0"), "pkg:golang/golang.org/x/text@v0.3.0");
        check("cocoapods", "Alamofire/Core", Some("5.0"), "pkg:cocoapods/Alamofire@5.0#Core");
        check("cargo", "serde", Some("1.0.0+build"), "pkg:cargo/serde@1.0.0%2Bbuild");
    }
}
