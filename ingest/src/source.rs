//! A document before parsing: a name and bytes nobody vouches for.

/// Untrusted input of the parser.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name of the document: a path or URI, used for its extension and as a fallback title.
    pub uri: String,
    /// Media type the sender claims, if any; content decides when the two disagree.
    pub media_type: Option<String>,
    /// The bytes as received.
    pub bytes: Vec<u8>,
}
