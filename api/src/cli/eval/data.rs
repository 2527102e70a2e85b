//! What is evaluated: a data set as the user names it, and the ways to search.
//!
//! A folder with `queries.jsonl` is BEIR. Anything else is a file of questions, over the stored
//! documents or over a corpus of their own.

use std::path::{Path, PathBuf};

use clap::Args;
use footnote_eval::beir;
use footnote_eval::questions::{self, Case};
use footnote_eval::read::ReadError;
use serde_json::{Map, Value, json};

use super::corpus::Corpus;
use super::read;
use crate::config::Config;
use crate::error::ApiError;
use crate::evals::Wanted;

/// Where questions and documents come from.
#[derive(Debug, Args)]
pub(super) struct DataFlags {
    /// A BEIR folder, or questions as JSON lines
    #[arg(required = true, value_name = "DATA")]
    pub(super) dataset: Option<PathBuf>,
    /// Documents that questions are about: files, or a BEIR `corpus.jsonl` [default: what is stored]
    #[arg(long, value_name = "PATH")]
    pub(super) corpus: Option<PathBuf>,
    /// Judgements of a BEIR folder
    #[arg(long, value_name = "NAME", default_value = "test")]
    pub(super) split: String,
    /// Only this many questions, evenly spread over the file
    #[arg(long, value_name = "COUNT")]
    pub(super) sample: Option<usize>,
    /// Where ingested corpora are kept for the next time [default: `evals/corpora` in the data directory]
    #[arg(long, value_name = "DIR")]
    pub(super) cache: Option<PathBuf>,
    /// Collection to search in, when documents are those stored [default: default]
    #[arg(long, value_name = "NAME", conflicts_with = "corpus")]
    pub(super) collection: Option<String>,
}

/// Questions and the documents they are about.
pub(super) struct Dataset {
    pub(super) name: String,
    pub(super) cases: Vec<Case>,
    /// `None` for what is stored.
    pub(super) corpus: Option<Corpus>,
    /// Where the corpus is kept, where the user says it.
    pub(super) cache: Option<PathBuf>,
    /// Whether answers can be judged.
    pub(super) answered: bool,
}

pub(super) fn load(flags: &DataFlags) -> Result<Dataset, ApiError> {
    let path = flags.dataset.as_deref().unwrap_or(Path::new("."));
    let mut dataset = if path.join("queries.jsonl").is_file() {
        beir(path, flags)?
    } else {
        questions(path, flags)?
    };
    if let Some(count) = flags.sample {
        dataset.cases = spread(dataset.cases, count);
    }
    if dataset.cases.is_empty() {
        let message = format!("`{}` has no question to judge", path.display());
        return Err(ApiError::invalid(
            message,
            "check `--split` and the ids of the judgements",
        ));
    }
    Ok(dataset)
}

/// `count` of `items`, evenly spread; all of them when there are fewer.
pub(super) fn spread<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let (all, count) = (items.len(), count.min(items.len()));
    let first_of = |share: usize| (share * all).div_ceil(count.max(1));
    let mut next = 0;
    let numbered = items.into_iter().enumerate();
    let chosen = numbered.filter(|(i, _)| {
        let wanted = next < count && *i == first_of(next);
        next += usize::from(wanted);
        wanted
    });
    chosen.map(|(_, item)| item).collect()
}

fn beir(folder: &Path, flags: &DataFlags) -> Result<Dataset, ApiError> {
    let path = folder.join("qrels").join(format!("{}.tsv", flags.split));
    let qrels = parsed(&path, beir::qrels)?.with_relevant();
    let queries = parsed(&folder.join("queries.jsonl"), beir::queries)?;
    let cases = queries.into_iter().filter_map(|query| {
        let relevant = qrels.queries.get(&query.id)?.clone();
        Some(Case {
            id: query.id,
            question: query.text,
            tags: Vec::new(),
            answerable: true,
            answers: Vec::new(),
            evidence: Vec::new(),
            relevant,
        })
    });
    let corpus = flags
        .corpus
        .clone()
        .unwrap_or_else(|| folder.join("corpus.jsonl"));
    Ok(Dataset {
        name: name(folder),
        cases: cases.collect(),
        corpus: Some(Corpus::read(&corpus)?),
        cache: flags.cache.clone(),
        answered: false,
    })
}

fn questions(file: &Path, flags: &DataFlags) -> Result<Dataset, ApiError> {
    Ok(Dataset {
        name: name(file),
        cases: cases(file)?,
        corpus: flags.corpus.as_deref().map(Corpus::read).transpose()?,
        cache: flags.cache.clone(),
        answered: true,
    })
}

/// The questions of a file of them.
pub(in crate::cli) fn cases(file: &Path) -> Result<Vec<Case>, ApiError> {
    parsed(file, questions::read)
}

/// The file's or folder's name; that of the folder for `questions.jsonl`, as all are called.
fn name(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let stem = real.file_stem().filter(|stem| *stem != "questions");
    let folder = real.parent().and_then(Path::file_name);
    let name = stem.or(folder).unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Reads `path` with `parse`.
pub(super) fn parsed<T>(
    path: &Path,
    parse: impl Fn(&str) -> Result<T, ReadError>,
) -> Result<T, ApiError> {
    parse(&read(path)?).map_err(|error| {
        let hint = "a BEIR folder has `corpus.jsonl`, `queries.jsonl` and `qrels`; questions are \
                    as in `fixtures/questions.jsonl`";
        ApiError::invalid(format!("`{}`: {error}", path.display()), hint)
    })
}

/// `NAME`, or `NAME: key=value, key=value`: `mode`, and keys of `[search]`. A bare name that is
/// a mode is that mode.
pub(super) fn configuration(spec: &str) -> Result<Wanted, ApiError> {
    let (name, changes) = spec.split_once(':').unwrap_or((spec, ""));
    let name = name.trim();
    let mut mode = json!(if ["vector", "lexical"].contains(&name) {
        name
    } else {
        "hybrid"
    });
    let mut search = Map::new();
    for change in changes.split(',').map(str::trim).filter(|c| !c.is_empty()) {
        let (key, value) = change
            .split_once('=')
            .ok_or_else(|| unclear(spec, change))?;
        let value = value.trim();
        match key.trim() {
            "mode" => mode = json!(value),
            key => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                search.insert(key.to_owned(), value);
            }
        }
    }
    let wanted = json!({ "name": name, "mode": mode, "search": search });
    serde_json::from_value(wanted).map_err(|error| unclear(spec, &error.to_string()))
}

/// Each leg alone, both together, and both with one part of the ranking left out: the weights
/// of `[search]` at zero, its switches turned, the reranker off where there is one.
pub(super) fn ablations(config: &Config) -> Result<Vec<Wanted>, ApiError> {
    let keys = serde_json::to_value(&config.search).map_err(|error| ApiError::internal(&error))?;
    let mut wanted = Vec::new();
    for leg in ["vector", "lexical", "hybrid"] {
        wanted.push(configuration(leg)?);
    }
    if config.models.reranker.is_some() && config.search.rerank_depth > 0 {
        wanted.push(configuration("without rerank: rerank_depth=0")?);
    }
    for (key, value) in keys.as_object().into_iter().flatten() {
        let name = key.trim_end_matches("_weight");
        let changed = match value {
            Value::Bool(on) => json!(!on),
            Value::Number(weight) if key.ends_with("_weight") && weight.as_f64() != Some(0.0) => {
                json!(0.0)
            }
            _ => continue,
        };
        let without = if changed == json!(true) {
            "with"
        } else {
            "without"
        };
        let search = Map::from_iter([(key.clone(), changed)]);
        let spec = json!({ "name": format!("{without} {name}"), "search": search });
        let parsed = serde_json::from_value(spec);
        wanted.push(parsed.map_err(|error| ApiError::internal(&error))?);
    }
    Ok(wanted)
}

fn unclear(spec: &str, part: &str) -> ApiError {
    let message = format!("the configuration `{spec}` is not clear: {part}");
    ApiError::invalid(
        message,
        "write it as in `deep: mode=hybrid, candidates=200`",
    )
}

#[cfg(test)]
mod tests;
