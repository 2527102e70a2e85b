//! From what failed to what to do: in words, and as a patch of request and configuration, or
//! as an action where no setting helps. Nothing is suggested that was tried without success.

use footnote_ingest::id::ChunkId;
use footnote_store::ledger::jobs::{Job, State};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::change::Change;
use super::effect::Weighed;
use super::funnel::Scene;
use super::stage::Stage;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// In words.
    pub text: String,
    /// Fields of the request, keys of the configuration (with a dot), or an `action`.
    pub change: Map<String, Value>,
    /// What it does to other questions, where they were given.
    #[serde(flatten)]
    pub weighed: Option<Weighed>,
    /// The changes that were tried; none for an action.
    #[serde(skip)]
    pub changes: Vec<Change>,
}

impl Suggestion {
    fn new(text: impl Into<String>, change: Value) -> Self {
        let change = match change {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self {
            text: text.into(),
            change,
            weighed: None,
            changes: Vec::new(),
        }
    }

    fn of(changes: &[Change]) -> Self {
        let advice: Vec<String> = changes.iter().map(Change::advice).collect();
        Self {
            text: advice.join(", and "),
            change: changes.iter().flat_map(Change::patch).collect(),
            weighed: None,
            changes: changes.to_vec(),
        }
    }
}

/// What to do about `primary`, the surest first.
pub fn suggest(
    scene: &Scene<'_>,
    primary: Option<Stage>,
    cures: &[Vec<Change>],
) -> Vec<Suggestion> {
    let stored = match primary {
        Some(Stage::Ingested) => ingest(scene),
        Some(Stage::Extracted) => extract(scene),
        Some(Stage::Chunked) => vec![rejoin(scene)],
        Some(Stage::Indexed) => vec![anew(
            scene,
            "its chunks are not in the index as the ledger has them: delete the document and ingest it again",
        )],
        Some(Stage::Generator) if scene.run.answered.is_none() => {
            vec![Suggestion::new(
                "load a generator, or let quotes do",
                json!({ "models.generator": true }),
            )]
        }
        Some(_) | None => Vec::new(),
    };
    let stored = match (primary, stored.is_empty() && cures.is_empty()) {
        (Some(stage), true) => last_resort(scene, stage).into_iter().collect(),
        _ => stored,
    };
    let tried = cures.iter().map(|changes| Suggestion::of(changes));
    let words = (primary == Some(Stage::LexicalRank))
        .then(|| synonyms(scene))
        .flatten();
    // A missing generator is cured by a quote just as well: what was tried comes first.
    match primary {
        Some(Stage::Generator) => tried.chain(stored).collect(),
        _ => stored.into_iter().chain(tried).chain(words).collect(),
    }
}

/// What is left where no change that was tried helps.
fn last_resort(scene: &Scene<'_>, stage: Stage) -> Option<Suggestion> {
    let text = match stage {
        Stage::Verifier => {
            "the verifier refused words that were expected, and no setting changes that: see the \
             check that failed, and expect the quote instead"
        }
        Stage::Generator => {
            "no wording of the model says it: ask for quotes, or use a larger model"
        }
        Stage::Context | Stage::Gate => {
            "no setting lets this sentence through: state the fact in one sentence that names \
             what the question asks for"
        }
        Stage::Fusion => return scene.copied().map(copy),
        Stage::Filter => "correct the metadata of the document, or search without the filter",
        _ => return None,
    };
    let change = json!({ "action": "reword_document", "document_id": id(scene) });
    Some(Suggestion::new(text, change))
}

/// The answer may well have been right, from the other document.
fn copy(first: &ChunkId) -> Suggestion {
    Suggestion::new(
        "another document says the same and stands before it: expect that one, or delete one of them",
        json!({ "action": "delete_copy", "duplicate_of": first }),
    )
}

fn ingest(scene: &Scene<'_>) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> = Vec::new();
    for file in &scene.outside.files {
        all.push(Suggestion::new(
            format!("`{}` is left out by {}: take that rule back, or upload the file", file.path, file.rule),
            json!({ "action": "include_file", "source_id": file.source_id, "path": file.path, "rule": file.rule }),
        ));
    }
    all.extend(scene.gold.job.as_ref().map(job));
    if all.is_empty() {
        let uri = &scene.expected.uri;
        let text = "nothing stored, waiting or watched has it: ingest the document";
        all.push(Suggestion::new(
            text,
            json!({ "action": "ingest", "uri": uri }),
        ));
    }
    all
}

fn job(job: &Job) -> Suggestion {
    let (id, uri) = (job.id.as_str(), &job.task.uri);
    match job.state {
        State::Queued | State::Running => Suggestion::new(
            format!("`{uri}` is still being ingested: wait for its job"),
            json!({ "action": "wait_for_job", "job_id": id }),
        ),
        State::Failed | State::Dead => {
            let error = job.error.as_ref();
            let message = error.map_or("it says no reason", |error| error.message.as_str());
            let hint = error
                .and_then(|error| error.hint.as_deref())
                .unwrap_or("mend the file");
            Suggestion::new(
                format!("the job of `{uri}` failed: {message}; {hint}, then ingest it again"),
                json!({ "action": "mend_and_ingest", "job_id": id, "uri": uri }),
            )
        }
        State::Succeeded => Suggestion::new(
            format!("`{uri}` was deleted: ingest it again"),
            json!({ "action": "ingest", "uri": uri }),
        ),
    }
}

fn extract(scene: &Scene<'_>) -> Vec<Suggestion> {
    let unread = scene
        .gold
        .documents
        .iter()
        .flat_map(|document| &document.row.warnings)
        .any(|warning| warning.contains("no text") || warning.contains("image"));
    if scene.outside.parsed_again == Some(true) {
        let text = "today's settings do read these words: delete the document and ingest it again";
        return vec![anew(scene, text)];
    }
    if !scene.outside.ocr && unread {
        return vec![Suggestion::new(
            "the words may be in a picture: turn text recognition on and ingest the document again",
            json!({ "ingest.ocr": "tesseract", "action": "ingest_anew", "document_id": id(scene) }),
        )];
    }
    vec![Suggestion::new(
        "the stored text does not have these words: replace the document by one in which they are text",
        json!({ "action": "replace_document", "document_id": id(scene) }),
    )]
}

fn rejoin(scene: &Scene<'_>) -> Suggestion {
    let tokens: u32 = scene
        .gold
        .chunks
        .iter()
        .map(|gold| gold.stored.chunk.tokens)
        .sum();
    Suggestion::new(
        "the passage is cut in two: let chunks be longer, or give the passage a heading of its own",
        json!({ "chunking.max_tokens": tokens.next_multiple_of(20).min(LONGEST_CHUNK) }),
    )
}

/// Longest chunk that the embedder reads in whole, headings included.
const LONGEST_CHUNK: u32 = 220;

fn anew(scene: &Scene<'_>, text: &str) -> Suggestion {
    Suggestion::new(
        text,
        json!({ "action": "ingest_anew", "document_id": id(scene) }),
    )
}

fn id<'s>(scene: &'s Scene<'_>) -> Option<&'s str> {
    let first = scene.gold.documents.first();
    first.map(|document| document.row.document_id.as_str())
}

fn synonyms(scene: &Scene<'_>) -> Option<Suggestion> {
    let missing: Vec<&str> = scene
        .reading
        .wanted
        .iter()
        .filter(|term| {
            !scene
                .gold
                .chunks
                .iter()
                .any(|gold| holds(&gold.stored.chunk.text, &term.stem))
        })
        .map(|term| term.surface.as_str())
        .collect();
    (!missing.is_empty()).then(|| {
        Suggestion::new(
            format!(
                "the document never says `{}`: add the words people use, in a heading or the text",
                missing.join("`, `")
            ),
            json!({ "action": "add_words", "document_id": id(scene), "words": missing }),
        )
    })
}

fn holds(text: &str, stem: &str) -> bool {
    footnote_answer::evidence::stems(text).contains(stem)
}
