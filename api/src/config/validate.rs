//! Values that parse but cannot work, each as a line that names the key and the bounds.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::Config;

/// Every problem of `config`; empty when it can be used.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    let (search, answer, limits) = (&config.search, &config.answer, &config.limits);
    if !config.server.listen.ip().is_loopback() {
        found.push(format!(
            "  `server.listen` is `{}`: only loopback addresses are allowed until access keys exist",
            config.server.listen
        ));
    }
    within(
        &mut found,
        "server.request_timeout_ms",
        config.server.request_timeout_ms,
        100..=3_600_000,
    );
    within(
        &mut found,
        "server.shutdown_timeout_ms",
        config.server.shutdown_timeout_ms,
        0..=600_000,
    );
    within(&mut found, "models.threads", config.models.threads, 1..=256);
    within(&mut found, "models.queue", config.models.queue, 1..=10_000);
    within(
        &mut found,
        "chunking.max_tokens",
        config.chunking.max_tokens,
        32..=220,
    );
    within(
        &mut found,
        "search.candidates",
        search.candidates,
        1..=1_000,
    );
    within(&mut found, "search.rrf_k", search.rrf_k, 0.0..=1_000.0);
    within(
        &mut found,
        "search.vector_weight",
        search.vector_weight,
        0.0..=100.0,
    );
    within(
        &mut found,
        "search.lexical_weight",
        search.lexical_weight,
        0.0..=100.0,
    );
    within(&mut found, "answer.passages", answer.passages, 1..=100);
    within(&mut found, "answer.threshold", answer.threshold, 0.0..=1.0);
    within(
        &mut found,
        "answer.max_sentences",
        answer.max_sentences,
        1..=20,
    );
    within(
        &mut found,
        "answer.max_chars",
        answer.max_chars,
        100..=100_000,
    );
    within(&mut found, "answer.margin", answer.margin, 0.0..=10.0);
    within(
        &mut found,
        "answer.max_new_tokens",
        answer.max_new_tokens,
        1..=512,
    );
    within(
        &mut found,
        "limits.max_document_bytes",
        limits.max_document_bytes,
        1..=4 << 30,
    );
    within(
        &mut found,
        "limits.max_expanded_bytes",
        limits.max_expanded_bytes,
        1..=16 << 30,
    );
    within(
        &mut found,
        "limits.max_text_chars",
        limits.max_text_chars,
        1..=1_000_000_000,
    );
    within(
        &mut found,
        "limits.max_question_chars",
        limits.max_question_chars,
        1..=100_000,
    );
    within(&mut found, "limits.max_k", limits.max_k, 1..=1_000);
    within(
        &mut found,
        "limits.max_queued_jobs",
        limits.max_queued_jobs,
        1..=10_000_000,
    );
    within(
        &mut found,
        "limits.max_concurrent_requests",
        limits.max_concurrent_requests,
        1..=100_000,
    );
    found
}

fn within<T: PartialOrd + Display>(
    found: &mut Vec<String>,
    key: &str,
    value: T,
    bounds: RangeInclusive<T>,
) {
    if !bounds.contains(&value) {
        let (least, most) = bounds.into_inner();
        found.push(format!(
            "  `{key}` is {value}: it must be from {least} to {most}"
        ));
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
}
