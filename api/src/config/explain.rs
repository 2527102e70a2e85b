//! What every configuration key means: the one place, read by `footnote config --explain` and
//! by the check for unknown keys.

use super::Config;

/// Every key with its meaning, in the order of the file.
pub const KEYS: &[(&str, &str)] = &[
    (
        "server.listen",
        "address and port to listen on; loopback only",
    ),
    (
        "server.request_timeout_ms",
        "a request that takes longer is answered with `timeout`",
    ),
    (
        "server.shutdown_timeout_ms",
        "how long a stopping server waits for requests and the running job",
    ),
    (
        "storage.data",
        "the data directory: index, ledger and original documents",
    ),
    (
        "storage.vector_index_from",
        "chunks from which vectors are indexed; below, every one is compared, which is exact and \
         gets slow",
    ),
    (
        "storage.replay_days",
        "days that the version of the index an answer was read from is kept for replays, after \
         the last such answer; other replaced versions go after an hour",
    ),
    (
        "storage.replay_versions",
        "most versions kept for replays, with the files that only they use; those read longest \
         ago go first",
    ),
    (
        "storage.receipts_days",
        "days that receipts are kept; one that somebody gave feedback on stays",
    ),
    (
        "models.cache",
        "where model files are kept; also set by FOOTNOTE_CACHE (its `models` folder)",
    ),
    (
        "models.manifest",
        "a manifest whose artefacts replace the built-in ones of the same role",
    ),
    (
        "models.generator",
        "load the language model; without it answers are quotes only",
    ),
    (
        "models.reranker",
        "a folder with a cross-encoder (`model.onnx`, `tokenizer.json`, `config.json`, \
         `special_tokens_map.json`, `tokenizer_config.json`) that reads the first passages again \
         and puts them in order; off by default",
    ),
    (
        "models.entailment",
        "a folder with a model of natural language inference (`model.onnx`, `tokenizer.json`, \
         `config.json`) that reads each claim beside its evidence once the checks let it pass, \
         and may lower its verdict; off by default",
    ),
    (
        "models.threads",
        "threads the embedder, the reranker and the model of inference compute with, each",
    ),
    (
        "models.queue",
        "requests that may wait for a model; more are answered with `overloaded`",
    ),
    (
        "models.use_card",
        "use the language model for what `footnote models probe` found it can do; without a card \
         it rewords the best sentence, and every word is verified",
    ),
    (
        "models.generator_queue",
        "questions that may wait for the language model; more are answered with quotes, or with \
         `overloaded` where `generate` was asked for",
    ),
    (
        "models.endpoint_url",
        "an OpenAI-compatible server for `answer.escalate`: what `/chat/completions` is added to, \
         such as `http://127.0.0.1:8080/v1`; nothing is sent anywhere by default",
    ),
    ("models.endpoint_model", "which of its models is asked"),
    (
        "models.endpoint_key_env",
        "name of the environment variable that holds its key; never the key itself",
    ),
    (
        "models.endpoint_timeout_ms",
        "longest wait for its reply; then the local answer stands",
    ),
    (
        "models.endpoint_max_tokens",
        "tokens its model may write; one that thinks aloud needs more",
    ),
    (
        "models.endpoint_usd_per_million_in",
        "dollars it takes for a million tokens it reads; 0 for a server of your own",
    ),
    (
        "models.endpoint_usd_per_million_out",
        "dollars it takes for a million tokens it writes",
    ),
    (
        "chunking.max_tokens",
        "longest chunk, in the embedder's tokens; changing it needs a new data directory",
    ),
    (
        "ingest.parse_workers",
        "processes that may parse at the same time",
    ),
    (
        "ingest.parse_memory_bytes",
        "memory one document may need while it is parsed",
    ),
    (
        "ingest.parse_cpu_seconds",
        "processor time one document may need while it is parsed",
    ),
    (
        "ingest.parse_wall_seconds",
        "time on the clock one document may need while it is parsed",
    ),
    (
        "ingest.parse_output_bytes",
        "bytes a parsing process may send back for one document",
    ),
    (
        "ingest.ocr",
        "`tesseract`, or a path to it, to read pages that have no text layer; off by default",
    ),
    (
        "ingest.ocr_languages",
        "languages for text recognition, as tesseract names them: `eng+deu`",
    ),
    (
        "ingest.ocr_max_pages",
        "pages of one document that may go to text recognition; a long scan also needs more \
         `ingest.parse_wall_seconds`",
    ),
    (
        "ingest.ocr_page_seconds",
        "longest time for the text recognition of one page",
    ),
    (
        "ingest.settle_ms",
        "how long a file of a watched folder must have been left alone before it is read",
    ),
    (
        "ingest.sweep_interval_ms",
        "how often a watched folder is compared with the index even if nothing seems to happen",
    ),
    (
        "search.candidates",
        "candidates asked of each leg before fusion",
    ),
    (
        "search.exact",
        "compare every vector even where they are indexed: slower, and nothing is missed",
    ),
    (
        "search.fusion",
        "`scores` adds cosines and shares of the best lexical score, `ranks` reciprocal ranks",
    ),
    (
        "search.rrf_k",
        "constant of fusion by ranks; smaller favours the first ranks",
    ),
    (
        "search.vector_weight",
        "weight of a chunk's cosine, or of its rank in the vector leg",
    ),
    (
        "search.sentence_weight",
        "weight of the cosine of a chunk's best sentence; not used by `ranks`",
    ),
    (
        "search.lexical_weight",
        "weight of a chunk's words, or of its rank in the lexical leg",
    ),
    (
        "search.rerank_depth",
        "passages that `models.reranker` puts in order, from the first of the fused list; the \
         rest stay behind them, 0 turns it off",
    ),
    (
        "search.collapse_duplicates",
        "leave out passages that say what a better one says under the same headings; `explain` \
         shows them",
    ),
    (
        "answer.passages",
        "passages whose sentences may become evidence",
    ),
    (
        "answer.threshold",
        "confidence from which an answer is given; below it the service abstains",
    ),
    (
        "answer.sure",
        "confidence from which an answer is given without reserve; below it the evidence is \
         quoted, never reworded, and `reason` says what to doubt",
    ),
    (
        "answer.gate",
        "what the confidence is made of: `bias`, and `weights` of each signal; \
         `footnote eval calibrate` fits them on your own questions",
    ),
    (
        "answer.max_sentences",
        "evidence sentences an answer quotes at most",
    ),
    (
        "answer.max_chars",
        "characters of evidence an answer quotes at most",
    ),
    (
        "answer.margin",
        "how far behind the best a further evidence sentence may score",
    ),
    (
        "answer.coverage",
        "what a further evidence sentence gains for terms of the question that only it holds",
    ),
    (
        "answer.max_new_tokens",
        "tokens the language model may write",
    ),
    (
        "answer.escalate",
        "`auto` sends question and selected sentences to `models.endpoint_url` where evidence was \
         found and the local answer may be too little: its words failed verification, or the \
         question is complex; `never` sends nothing",
    ),
    (
        "answer.escalate_usd_per_day",
        "dollars that may be spent on it in one day (UTC)",
    ),
    (
        "limits.max_document_bytes",
        "larger documents are refused with `document_too_large`",
    ),
    (
        "limits.max_expanded_bytes",
        "what a compressed document may inflate to",
    ),
    (
        "limits.max_text_chars",
        "characters of text a document may have",
    ),
    (
        "limits.max_question_chars",
        "characters a question may have",
    ),
    ("limits.max_k", "hits a search may ask for"),
    (
        "limits.max_queued_jobs",
        "jobs that may wait; more are answered with `overloaded`",
    ),
    (
        "limits.max_concurrent_requests",
        "requests served at once; more are answered with `overloaded`",
    ),
    (
        "telemetry.log",
        "log filter, such as `info` or `footnote_api=debug,warn`",
    ),
];

/// The configuration as TOML, each key under a comment that says what it means.
pub fn explain(config: &Config) -> String {
    let value = toml::Table::try_from(config).unwrap_or_default();
    let mut text = String::new();
    let mut open = "";
    for (path, meaning) in KEYS {
        let (section, key) = path.split_once('.').unwrap_or((path, ""));
        if section != open {
            text.push_str(&format!("\n[{section}]\n"));
            open = section;
        }
        let value = value.get(section).and_then(|table| table.get(key));
        let line = value.map_or_else(|| format!("# {key} ="), |value| format!("{key} = {value}"));
        text.push_str(&format!("# {meaning}\n{line}\n"));
    }
    text.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_explained_and_every_explanation_has_a_key() {
        let mut config = Config::default();
        config.models.manifest = Some("models.toml".into());
        config.models.reranker = Some("reranker".into());
        config.models.entailment = Some("entailment".into());
        config.ingest.ocr = Some("tesseract".into());
        config.models.endpoint_url = Some("http://127.0.0.1/v1".into());
        config.models.endpoint_model = Some("model".into());
        config.models.endpoint_key_env = Some("KEY".into());
        config.models.endpoint_usd_per_million_in = Some(0.0);
        config.models.endpoint_usd_per_million_out = Some(0.0);
        let table = toml::Table::try_from(&config).unwrap();
        let keys: Vec<String> = table
            .iter()
            .flat_map(|(section, keys)| {
                let keys = keys.as_table().unwrap().keys();
                keys.map(move |key| format!("{section}.{key}"))
            })
            .collect();
        let mut explained: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        explained.sort_unstable();
        keys.sort_unstable();
        assert_eq!(explained, keys);
    }

    #[test]
    fn the_explanation_is_a_valid_file() {
        let text = explain(&Config::default());
        assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{text}");
    }
}
