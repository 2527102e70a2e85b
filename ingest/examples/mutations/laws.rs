//! The laws of documents and their chunks, and whether one is broken.

use footnote_ingest::chunk::Chunking;
use footnote_ingest::document::Document;
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::cut;
use footnote_ingest::span::Span;

/// As in the service's default configuration.
const CHUNKING: Chunking = Chunking { max_tokens: 200 };

/// The first law that `document` or its chunks break: spans lie inside the text, in order and
/// apart, and every chunk is the slice it says it is.
pub(crate) fn broken(document: &Document) -> Option<String> {
    let bounds: Vec<usize> = document
        .text
        .char_indices()
        .map(|(byte, _)| byte)
        .chain([document.text.len()])
        .collect();
    let blocks: Vec<Span> = document.blocks.iter().map(|block| block.span).collect();
    // A token for every four bytes, about what the embedder's tokenizer counts.
    let count = |text: &str| text.len().div_ceil(4);
    let id = DocumentId::derive("laws", "document");
    let cut = cut(&id, document, &CHUNKING, &count);
    let chunks: Vec<Span> = cut.chunks.iter().map(|chunk| chunk.span).collect();
    for (what, spans) in [
        ("block", &blocks),
        ("sentence", &document.sentences),
        ("chunk", &chunks),
    ] {
        if let Some(span) = astray(spans, bounds.len() - 1) {
            return Some(format!("{what} {span:?} is out of order or of the text"));
        }
    }
    let slice = |span: Span| &document.text[bounds[span.start]..bounds[span.end]];
    let other = cut
        .chunks
        .iter()
        .find(|chunk| chunk.text != slice(chunk.span));
    other.map(|chunk| format!("chunk {} is no slice of the text", chunk.ordinal))
}

/// The first span that begins before the one in front of it ends, or ends after the text.
fn astray(spans: &[Span], chars: usize) -> Option<Span> {
    let mut end = 0;
    for span in spans {
        if span.start < end || span.end < span.start || span.end > chars {
            return Some(*span);
        }
        end = span.end;
    }
    None
}
