//! A vector index that looks into one group of vectors only, as if nobody had measured how many
//! it takes. Which passages that loses depends on the training, which begins at random: every
//! question is asked with and without the index, and a few of those that it loses are the cases.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use sqlx::Connection as _;

use super::Case;
use super::world::copy;
use crate::support::{Server, folded, root, succeed};

/// Short chunks make many groups of the handbook, so that one of them holds little.
const CHUNK: (&str, &str) = ("FOOTNOTE__CHUNKING__MAX_TOKENS", "64");
const QUOTES: (&str, &str) = ("FOOTNOTE__MODELS__GENERATOR", "false");
/// So few chunks are indexed here.
const INDEXED: (&str, &str) = ("FOOTNOTE__STORAGE__VECTOR_INDEX_FROM", "512");
/// Among so many nearest passages is what was asked for, without the index.
const NEAR: usize = 5;
/// Candidates of the vector leg, the default.
const LISTED: usize = 50;
/// Cases that are wanted.
const CASES: usize = 6;
/// Trainings after which fewer have to do.
const MOST_TRAININGS: usize = 5;

/// The running server and the cases it is broken for.
pub(super) struct Narrow {
    pub(super) server: Server,
    pub(super) lost: BTreeSet<String>,
}

impl Narrow {
    pub(super) fn build(folder: &Path, cases: &[Case]) -> Self {
        let whole = folder.join("whole");
        let near = near(&whole, cases);
        let mut trainings = 1..=MOST_TRAININGS;
        loop {
            let training = trainings.next().unwrap();
            let data = folder.join(training.to_string());
            copy(&whole, &data);
            let server = one_group(&data);
            let lost = near.iter().filter(|case| !lists(&server, case, LISTED));
            let lost: BTreeSet<String> = lost.take(CASES).map(|case| case.id.clone()).collect();
            if lost.len() == CASES || training == MOST_TRAININGS {
                return Self { server, lost };
            }
        }
    }
}

/// Fills the data directory, without an index, and returns the cases whose passage is near.
fn near<'c>(data: &Path, cases: &'c [Case]) -> Vec<&'c Case> {
    let server = Server::start_with(data, &[CHUNK, QUOTES]);
    let corpus = root().join("fixtures/corpus");
    let remote = ["--server", &server.url, "ingest", corpus.to_str().unwrap()];
    succeed(Path::new("unused"), &remote);
    let cases = cases.iter().filter(|case| case.world == "narrow");
    let near = cases.filter(|case| lists(&server, case, NEAR)).collect();
    stop(server);
    near
}

/// Whether the passage of `case` is among the first `k` by meaning.
fn lists(server: &Server, case: &Case, k: usize) -> bool {
    let search = json!({ "question": case.request["question"], "mode": "vector", "k": k });
    let (status, found) = server.post("/v1/search", &search);
    assert_eq!(status, 200, "{found:#}");
    let passage = folded(case.request["expected"]["passage_text"].as_str().unwrap());
    let hits = found["hits"].as_array().unwrap().iter();
    hits.into_iter()
        .any(|hit| folded(hit["text"].as_str().unwrap()).contains(&passage))
}

/// Has the vectors indexed, and then writes down that one group is enough.
fn one_group(data: &Path) -> Server {
    let settings = [CHUNK, QUOTES, INDEXED];
    let server = Server::start_with(data, &settings);
    // The index is made after a change.
    server.put_text("visits.txt", "Visitors sign the book at the gate.");
    stop(server);
    assert_eq!(write_down(&data.join("ledger.sqlite")), 1);
    Server::start_with(data, &settings)
}

/// Rows of the ledger that said otherwise.
fn write_down(ledger: &Path) -> u64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(ledger);
        let mut connection = sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        let edit = "UPDATE generations SET vector_index = json_set(vector_index, '$.probes', 1) \
            WHERE json_extract(vector_index, '$.probes') > 1";
        let edited = sqlx::query(edit).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        edited.rows_affected()
    })
}

fn stop(server: Server) {
    server.signal("TERM");
    server.wait();
}
