//! Where an endpoint is, as an operator writes it: checked before anything is sent there. Pure.

use reqwest::Url;

/// Why an address or a key cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EndpointError {
    /// No address.
    #[error("it must be an http or https address, such as `http://127.0.0.1:8080/v1`")]
    Address,
    /// Receipts and logs are no place for secrets.
    #[error("it must have no user, password, query or fragment; the key comes from a variable")]
    Secret,
    /// A key with characters that no header may have.
    #[error("the key has characters that a header cannot have")]
    Key,
    /// The TLS library did not start.
    #[error("the HTTP client cannot start: {0}")]
    Client(String),
}

/// Reads the address of a server, to which `/chat/completions` is added.
///
/// # Errors
/// [`EndpointError::Address`] or [`EndpointError::Secret`].
pub fn address(text: &str) -> Result<Url, EndpointError> {
    let url = Url::parse(text).map_err(|_| EndpointError::Address)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(EndpointError::Address);
    }
    let named = !url.username().is_empty() || url.password().is_some();
    if named || url.query().is_some() || url.fragment().is_some() {
        return Err(EndpointError::Secret);
    }
    let whole = format!("{}/chat/completions", url.as_str().trim_end_matches('/'));
    Url::parse(&whole).map_err(|_| EndpointError::Address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, EndpointError>) {
        let found = address(text).map(|url| url.to_string());
        assert_eq!(found, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn an_address_leads_to_chat_completions() {
        let local = "http://127.0.0.1:8080/v1/chat/completions";
        check("http://127.0.0.1:8080/v1", Ok(local));
        check("http://127.0.0.1:8080/v1/", Ok(local));
        check("https://x.org", Ok("https://x.org/chat/completions"));
    }

    #[test]
    fn what_is_no_address_or_holds_secrets_is_refused() {
        for text in [
            "",
            "127.0.0.1:80",
            "file:///etc/passwd",
            "ftp://x.org",
            "http://",
        ] {
            check(text, Err(EndpointError::Address));
        }
        for text in [
            "http://me:pw@x.org/v1",
            "http://me@x.org",
            "http://x.org?key=1",
            "http://x.org/#1",
        ] {
            check(text, Err(EndpointError::Secret));
        }
    }
}
