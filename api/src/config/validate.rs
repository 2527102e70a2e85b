//! Values that parse but cannot work, each as a line that names the key and the bounds.

use super::{Config, endpoint};

/// Least and greatest value of every number.
const BOUNDS: &[(&str, f64, f64)] = &[
    ("server.request_timeout_ms", 100.0, 3_600_000.0),
    ("server.shutdown_timeout_ms", 0.0, 600_000.0),
    ("storage.vector_index_from", 256.0, 1_000_000_000.0),
    ("storage.replay_days", 0.0, 36_500.0),
    ("storage.replay_versions", 0.0, 10_000.0),
    ("storage.receipts_days", 0.0, 36_500.0),
    ("models.threads", 1.0, 256.0),
    ("models.queue", 1.0, 10_000.0),
    ("models.generator_queue", 1.0, 10_000.0),
    ("models.endpoint_timeout_ms", 1.0, 600_000.0),
    ("models.endpoint_max_tokens", 16.0, 32_768.0),
    ("models.endpoint_usd_per_million_in", 0.0, 10_000.0),
    ("models.endpoint_usd_per_million_out", 0.0, 10_000.0),
    // The embedder reads 256 tokens, some of which go to the title and headings.
    ("chunking.max_tokens", 32.0, 220.0),
    ("ingest.parse_workers", 1.0, 64.0),
    (
        "ingest.parse_memory_bytes",
        1_048_576.0,
        1_099_511_627_776.0,
    ),
    ("ingest.parse_cpu_seconds", 1.0, 86_400.0),
    ("ingest.parse_wall_seconds", 1.0, 86_400.0),
    ("ingest.parse_output_bytes", 1_048_576.0, 4_294_967_295.0),
    ("ingest.ocr_max_pages", 1.0, 10_000.0),
    ("ingest.ocr_page_seconds", 1.0, 3_600.0),
    ("search.candidates", 1.0, 1_000.0),
    ("search.rrf_k", 0.0, 1_000.0),
    ("search.vector_weight", 0.0, 100.0),
    ("search.sentence_weight", 0.0, 100.0),
    ("search.lexical_weight", 0.0, 100.0),
    ("search.rerank_depth", 0.0, 1_000.0),
    ("answer.passages", 1.0, 100.0),
    ("answer.threshold", 0.0, 1.0),
    ("answer.sure", 0.0, 1.0),
    ("answer.max_sentences", 1.0, 20.0),
    ("answer.max_chars", 100.0, 100_000.0),
    ("answer.margin", 0.0, 10.0),
    ("answer.coverage", 0.0, 10.0),
    ("answer.max_new_tokens", 1.0, 512.0),
    ("answer.escalate_usd_per_day", 0.0, 1_000_000.0),
    ("limits.max_document_bytes", 1.0, 4_294_967_296.0),
    ("limits.max_expanded_bytes", 1.0, 17_179_869_184.0),
    ("limits.max_text_chars", 1.0, 1_000_000_000.0),
    ("limits.max_question_chars", 1.0, 100_000.0),
    ("limits.max_k", 1.0, 1_000.0),
    ("limits.max_queued_jobs", 1.0, 10_000_000.0),
    ("limits.max_concurrent_requests", 1.0, 100_000.0),
    ("ingest.settle_ms", 0.0, 60_000.0),
    ("ingest.sweep_interval_ms", 100.0, 86_400_000.0),
];

/// Every problem of `config`; empty when it can be used.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let listen = config.server.listen;
    let exposed = (!listen.ip().is_loopback()).then(|| {
        format!(
            "  `server.listen` is `{listen}`: only loopback addresses are allowed until access keys exist"
        )
    });
    let values = toml::Table::try_from(config).unwrap_or_default();
    let out_of_bounds = BOUNDS.iter().filter_map(|(key, least, most)| {
        let value = number(&values, key)?;
        // A NaN is in no range.
        let within = (*least..=*most).contains(&value);
        (!within).then(|| format!("  `{key}` is {value}: it must be from {least} to {most}"))
    });
    let endpoint = endpoint::problems(config);
    exposed
        .into_iter()
        .chain(out_of_bounds)
        .chain(endpoint)
        .collect()
}

fn number(values: &toml::Table, path: &str) -> Option<f64> {
    let (section, key) = path.split_once('.')?;
    match values.get(section)?.get(key)? {
        toml::Value::Integer(value) => Some(*value as f64),
        toml::Value::Float(value) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_all_problems_are_reported_at_once() {
        let mut config = Config::default();
        assert_eq!(problems(&config), Vec::<String>::new());
        config.search.candidates = 0;
        config.answer.threshold = 1.5;
        config.server.listen = "0.0.0.0:80".parse().unwrap();
        let problems = problems(&config);
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn every_number_has_bounds() {
        let mut config = Config::default();
        config.models.endpoint_usd_per_million_in = Some(0.0);
        config.models.endpoint_usd_per_million_out = Some(0.0);
        let values = toml::Table::try_from(config).unwrap();
        for (section, keys) in &values {
            for (key, value) in keys.as_table().unwrap() {
                let path = format!("{section}.{key}");
                let bounded = BOUNDS.iter().any(|(known, ..)| *known == path);
                assert_eq!(bounded, value.is_integer() || value.is_float(), "{path}");
            }
        }
    }
}
