//! A corpus of any size out of a few hundred real chunks, the same on every machine.
//!
//! A made chunk takes its sentences from two real ones, swaps one word in eight for another
//! word of the corpus, and one in thirty for an invented name: common words stay as common as
//! they are, and the vocabulary keeps growing as that of real collections does. Its vectors
//! are those of its sentences with noise added, so that texts and vectors speak of the same.

use std::error::Error;

use fastrand::Rng;
use footnote_ingest::chunk::Chunk;
use footnote_ingest::document::Document;
use footnote_ingest::embed::{Embedded, Embedding};
use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_ingest::prepare::{Chunked, EmbeddedChunk, Prepared, passage};
use footnote_ingest::span::Span;
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::terms::is_stop_word;
use time::OffsetDateTime;

/// Chunks of one made document.
pub(crate) const CHUNKS_EACH: usize = 20;
/// Length of the noise that is added to a vector of length 1.
const NOISE: f32 = 0.3;

/// A real chunk, as far as made ones need it.
pub(crate) struct Real {
    title: String,
    headings: Vec<String>,
    sentences: Vec<(String, Embedding)>,
}

impl Real {
    /// `chunk` of a document called `title`, whose text is cut at its sentences.
    pub(crate) fn new(title: &str, chunk: &EmbeddedChunk) -> Self {
        let own = &chunk.chunk;
        let text = |span: &Span| span.relative_to(own.span.start).slice(&own.text);
        let sentences = own.sentences.iter().zip(&chunk.sentence_vectors);
        Self {
            title: title.to_owned(),
            headings: own.heading_path.clone(),
            sentences: sentences
                .filter_map(|(span, vector)| Some((text(span)?.to_owned(), vector.clone())))
                .collect(),
        }
    }
}

/// The made corpus.
pub(crate) struct Corpus {
    reals: Vec<Real>,
    /// Every word of the real chunks as often as it occurs.
    words: Vec<String>,
}

/// A chunk's sentences with their vectors.
type Sentences = Vec<(String, Embedding)>;

impl Corpus {
    pub(crate) fn new(mut reals: Vec<Real>) -> Result<Self, Box<dyn Error>> {
        reals.retain(|real| !real.sentences.is_empty());
        let sentences = reals.iter().flat_map(|real| &real.sentences);
        let words: Vec<String> = sentences
            .flat_map(|(text, _)| text.split_whitespace().map(str::to_owned))
            .collect();
        match words.is_empty() {
            true => Err("the folder holds no sentence to make a corpus of".into()),
            false => Ok(Self { reals, words }),
        }
    }

    /// Document `number`, which is always the same.
    pub(crate) fn document(&self, number: usize) -> Result<Prepared, Box<dyn Error>> {
        let uri = format!("made/{number:06}.md");
        let id = DocumentId::derive(DEFAULT, &uri);
        let title = &self.real(&mut rng(number, CHUNKS_EACH)).title;
        let (mut start, mut chunks) = (0, Vec::with_capacity(CHUNKS_EACH));
        for ordinal in 0..CHUNKS_EACH {
            let (headings, sentences) = self.sentences(number, ordinal)?;
            let chunk = chunk(&id, ordinal, start, headings, &sentences);
            start = chunk.span.end + 2;
            let vectors = sentences.into_iter().map(|(_, vector)| vector).collect();
            let passages = vec![passage(title, &chunk)];
            let chunks_of_one = Chunked {
                chunks: vec![chunk],
                passages,
            };
            chunks.extend(chunks_of_one.with(vec![whole(vectors)?]));
        }
        Ok(Prepared {
            version: format!("{number:032x}"),
            document: document(title),
            collection: DEFAULT.to_owned(),
            metadata: serde_json::Map::new(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            document_id: id,
            uri,
            chunks,
        })
    }

    /// Question `number` to a corpus of `documents`: a few words of one of its sentences.
    pub(crate) fn question(
        &self,
        number: usize,
        documents: usize,
    ) -> Result<String, Box<dyn Error>> {
        let mut rng = rng(usize::MAX, number);
        let (_, sentences) = self.sentences(rng.usize(..documents), rng.usize(..CHUNKS_EACH))?;
        let (text, _) = &sentences[rng.usize(..sentences.len())];
        let words = text.split_whitespace().filter(|word| !is_stop_word(word));
        let mut words: Vec<&str> = words.collect();
        while words.len() > 6 {
            words.remove(rng.usize(..words.len()));
        }
        Ok(format!("What is said about {}?", words.join(" ")))
    }

    fn real(&self, rng: &mut Rng) -> &Real {
        &self.reals[rng.usize(..self.reals.len())]
    }

    /// Headings and sentences of one chunk.
    fn sentences(
        &self,
        document: usize,
        ordinal: usize,
    ) -> Result<(&[String], Sentences), Box<dyn Error>> {
        let mut rng = rng(document, ordinal);
        let (main, other) = (self.real(&mut rng), self.real(&mut rng));
        let mut sentences = Vec::with_capacity(main.sentences.len());
        for own in &main.sentences {
            let (text, vector) = match rng.u8(..4) {
                0 => &other.sentences[rng.usize(..other.sentences.len())],
                _ => own,
            };
            sentences.push((self.reworded(text, &mut rng), noisy(vector, &mut rng)?));
        }
        Ok((&main.headings, sentences))
    }

    fn reworded(&self, text: &str, rng: &mut Rng) -> String {
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            words.push(match rng.u8(..240) {
                0..8 => invented(rng),
                8..38 => self.words[rng.usize(..self.words.len())].clone(),
                _ => word.to_owned(),
            });
        }
        words.join(" ")
    }
}

/// Random numbers that depend on nothing but where they are needed.
fn rng(document: usize, ordinal: usize) -> Rng {
    let mut outer = Rng::with_seed(document as u64);
    Rng::with_seed(outer.u64(..) ^ (ordinal as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A name; the n-th most frequent one comes about 1/n times as often as the first.
fn invented(rng: &mut Rng) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "do", "fe", "gil", "hu", "ka", "lor", "mi", "nes", "po", "ra", "sun", "te", "vel",
        "wi", "zo",
    ];
    let mut rank = (1.0 / (rng.f64() + 1e-7)) as usize;
    let mut name = String::from("N");
    while rank > 0 {
        name.push_str(SYLLABLES[rank % SYLLABLES.len()]);
        rank /= SYLLABLES.len();
    }
    name
}

fn noisy(vector: &Embedding, rng: &mut Rng) -> Result<Embedding, Box<dyn Error>> {
    let values = vector.as_slice();
    // Uniform numbers in [-1, 1] have a variance of 1/3.
    let scale = NOISE * (3.0 / values.len() as f32).sqrt();
    let moved = values
        .iter()
        .map(|value| value + scale * (2.0 * rng.f32() - 1.0));
    Ok(Embedding::new(moved.collect(), values.len())?)
}

/// The vectors of a chunk whose sentences have these.
fn whole(sentences: Vec<Embedding>) -> Result<Embedded, Box<dyn Error>> {
    let dimension = sentences.first().map_or(0, |first| first.as_slice().len());
    let mut sum = vec![0.0; dimension];
    for sentence in &sentences {
        let both = sum.iter_mut().zip(sentence.as_slice());
        both.for_each(|(sum, value)| *sum += value);
    }
    Ok(Embedded {
        vector: Embedding::new(sum, dimension)?,
        sentences,
    })
}

fn chunk(
    id: &DocumentId,
    ordinal: usize,
    start: usize,
    headings: &[String],
    sentences: &Sentences,
) -> Chunk {
    let (mut text, mut spans, mut end) = (String::new(), Vec::new(), start);
    for (sentence, _) in sentences {
        if !text.is_empty() {
            text.push(' ');
            end += 1;
        }
        text.push_str(sentence);
        spans.push(Span::new(end, end + sentence.chars().count()));
        end += sentence.chars().count();
    }
    let span = Span::new(start, end);
    Chunk {
        id: ChunkId::derive(id, span, &text),
        ordinal: ordinal as u32,
        span,
        heading_path: headings.to_vec(),
        page: None,
        sentences: spans,
        tokens: text.split_whitespace().count() as u32,
        text,
    }
}

/// What the index does not keep of a document stays empty.
fn document(title: &str) -> Document {
    Document {
        title: title.to_owned(),
        media_type: "text/markdown".to_owned(),
        language: Some("eng".to_owned()),
        text: String::new(),
        blocks: Vec::new(),
        sentences: Vec::new(),
        pages: None,
        warnings: Vec::new(),
    }
}
