//! Does what a diagnosis suggests, as whoever reads it would: changes the request or the
//! settings, sends the mended document, takes in the file that was left out.

use std::path::Path;

use serde_json::{Value, json};

use super::Case;
use super::world::put;
use crate::support::Server;

/// Where the fault is, where chunks are long enough, and the watched folder.
pub(super) type Places<'p> = (&'p Server, &'p Server, &'p Path);

/// Whether the expectation of `case` is met once `change` is made.
pub(super) fn repair((server, main, folder): Places<'_>, case: &Case, change: &Value) -> bool {
    let (mut request, mut server) = (case.request.clone(), server);
    for (key, value) in change.as_object().unwrap() {
        match key.as_str() {
            "action" if !act(server, case, change, folder) => return false,
            "action" | "document_id" | "job_id" | "uri" | "source_id" | "path" | "rule" => {}
            // The setting is part of the data directory: this one has it.
            "chunking.max_tokens" => server = main,
            key if key.contains('.') => request["settings"][key] = value.clone(),
            key => request[key] = value.clone(),
        }
    }
    request["counterfactuals"] = json!(false);
    let (status, body) = server.post("/v1/diagnose", &request);
    status == 200 && body["primary"].is_null()
}

/// Whether the action could be taken.
fn act(server: &Server, case: &Case, change: &Value, folder: &Path) -> bool {
    let mended = || case.mend.as_ref().is_some_and(|mended| put(server, mended));
    match change["action"].as_str().unwrap() {
        "ingest" | "mend_and_ingest" | "replace_document" => mended(),
        "ingest_anew" => {
            let id = change["document_id"].as_str().unwrap();
            server.delete(&format!("/v1/documents/{id}"));
            mended()
        }
        "include_file" => {
            let path = Path::new(change["path"].as_str().unwrap());
            let name = path.strip_prefix(folder.canonicalize().unwrap()).unwrap();
            let uri = name.to_str().unwrap().trim_end_matches(".tmp");
            let text = std::fs::read_to_string(path).unwrap();
            put(server, &json!({ "uri": uri, "text": text }))
        }
        _ => false,
    }
}
