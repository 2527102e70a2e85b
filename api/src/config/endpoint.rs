//! What escalation needs before it can be switched on, checked as a whole.

use footnote_answer::escalate::address;

use super::{Config, Escalate};

/// What is wrong with the endpoint of `config`, one line each.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let models = &config.models;
    let mut problems = Vec::new();
    if let Some(Err(error)) = models.endpoint_url.as_deref().map(address) {
        problems.push(format!("  `models.endpoint_url` cannot be used: {error}"));
    }
    if config.answer.escalate == Escalate::Never {
        return problems;
    }
    let needed = [
        (
            "url",
            models.endpoint_url.is_some(),
            "set it to the server's address",
        ),
        (
            "model",
            models.endpoint_model.is_some(),
            "set it to one of its models",
        ),
        (
            "usd_per_million_in",
            models.endpoint_usd_per_million_in.is_some(),
            "set it to what a million tokens cost, 0 for a server of your own",
        ),
        (
            "usd_per_million_out",
            models.endpoint_usd_per_million_out.is_some(),
            "set it to what a million tokens cost, 0 for a server of your own",
        ),
    ];
    let missing = needed.iter().filter(|(_, given, _)| !given);
    problems.extend(missing.map(|(key, _, what)| {
        format!("  `answer.escalate` is `auto` and `models.endpoint_{key}` is missing: {what}")
    }));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto() -> Config {
        let mut config = Config::default();
        config.answer.escalate = Escalate::Auto;
        config
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        assert_eq!(problems(&Config::default()), Vec::<String>::new());
        assert_eq!(problems(&auto()).len(), 4, "{:?}", problems(&auto()));
    }

    #[test]
    fn a_whole_endpoint_will_do() {
        let mut config = auto();
        config.models.endpoint_url = Some("http://127.0.0.1:8080/v1".to_owned());
        config.models.endpoint_model = Some("m".to_owned());
        config.models.endpoint_usd_per_million_in = Some(0.0);
        config.models.endpoint_usd_per_million_out = Some(0.0);
        assert_eq!(problems(&config), Vec::<String>::new());
        config.models.endpoint_url = Some("http://me:secret@127.0.0.1/v1".to_owned());
        let problems = problems(&config);
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].contains("secret"), "{problems:?}");
    }
}
