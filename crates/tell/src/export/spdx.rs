//! SPDX 2.3 as JSON: the same packages as in `CycloneDX`, for those who ask for this form.

use serde_json::{Value, json};
use sightline_facts::session::Session;

use super::{Head, packages, uuid};
use crate::TellError;

pub(super) fn write(session: &Session, head: &Head) -> Result<String, TellError> {
    let mut listed = vec![json!({
        "SPDXID": "SPDXRef-System",
        "name": head.title,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
        "sourceInfo": head.lines().join("; "),
    })];
    let mut relations = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-System")];
    let mut taken = std::collections::BTreeSet::new();
    for package in packages::read(session)? {
        let reference = package.reference();
        if !taken.insert(reference.clone()) {
            continue;
        }
        let id = format!("SPDXRef-Package-{}", taken.len());
        let mut one = json!({
            "SPDXID": id,
            "name": package.name,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": false,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": package.expression().unwrap_or("NOASSERTION"),
            "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": "LIBRARY",
            "sourceInfo": package.places.iter().map(super::Place::id).collect::<Vec<_>>().join("; "),
        });
        if let Some(version) = &package.version {
            one["versionInfo"] = version.clone().into();
        }
        if package.expression().is_none() && !package.licences.is_empty() {
            let stated: Vec<&str> = package.licences.iter().map(String::as_str).collect();
            one["licenseComments"] = format!("stated as: {}", stated.join("; ")).into();
        }
        if let Some(purl) = &package.purl {
            one["externalRefs"] = json!([{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl,
            }]);
        }
        listed.push(one);
        if package.is_direct {
            relations.push(relation("SPDXRef-System", "DEPENDS_ON", &id));
        } else {
            relations.push(relation("SPDXRef-System", "CONTAINS", &id));
        }
    }
    let mut whole = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": head.title,
        "documentNamespace": "",
        "creationInfo": {
            "created": head.as_of_iso(),
            "creators": [format!("Tool: sightline-{}", env!("CARGO_PKG_VERSION"))],
            "comment": head.lines().join("; "),
        },
        "packages": listed,
        "relationships": relations,
    });
    // The same facts have the same name.
    whole["documentNamespace"] = format!("urn:uuid:{}", uuid(&whole.to_string())).into();
    Ok(format!("{whole:#}\n"))
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}
