//! The model's tokenizer, built from what its GGUF says, or from a `tokenizer.json` beside it.
//! A GGUF only names the rules by which text is cut before bytes are joined; candle's own
//! reader knows few of those names and takes a wrong rule for the others without a word. Here
//! an unknown name is refused.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use candle_core::quantized::gguf_file::Content;
use tokenizers::decoders::byte_level::ByteLevel as ByteLevelDecoder;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::{AddedToken, Tokenizer};

use super::copy::Pieces;
use super::error::GenerateError;
use super::gguf;
use super::rules::Rules;

/// Text to tokens and back.
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
    /// Special tokens, each with its id.
    specials: Vec<(String, u32)>,
    /// Tokens that end the model's turn.
    ends: Vec<u32>,
    /// Made when first asked for.
    pieces: OnceLock<Pieces>,
}

/// The marks GGUF puts on tokens that are control, not text.
const CONTROL: i64 = 3;

/// Keys under which a GGUF names tokens that end a turn.
const END_KEYS: [&str; 3] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
];

/// Tokens that end a turn by their name: chat tuning uses them whatever the keys say.
const END_NAMES: [&str; 5] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
];

/// Must survive a trip through the tokens; catches a vocabulary without all bytes.
const PROBE: &str = "Leave: 30 days — für Größe ≥ 1,5 m² (§ 7) 日本語 🚲\n\tend";

impl Vocabulary {
    /// Builds the tokenizer and checks that it is one.
    pub(super) fn from_gguf(content: &Content, path: &Path) -> Result<Self, GenerateError> {
        let broken = |problem: String| GenerateError::Vocabulary {
            path: path.to_owned(),
            problem,
        };
        let list = |key: &str| {
            gguf::texts(content, key).ok_or_else(|| broken(format!("`{key}` is no list of texts")))
        };
        let tokens = list("tokenizer.ggml.tokens")?;
        let kinds = gguf::numbers(content, "tokenizer.ggml.token_type").unwrap_or_default();
        let specials = specials(&tokens, &kinds);
        let beside = path.with_file_name("tokenizer.json");
        let tokenizer = if beside.is_file() {
            from_file(&beside, &tokens).map_err(broken)?
        } else {
            let rules = Rules::read(content).map_err(GenerateError::unsupported(path))?;
            let merges = list("tokenizer.ggml.merges")?;
            build(&tokens, &merges, rules, &specials).map_err(broken)?
        };
        let ends = END_KEYS.iter().filter_map(|key| gguf::number(content, key));
        let ends = ends.filter_map(|id| u32::try_from(id).ok()).collect();
        Self::new(tokenizer, specials, ends).map_err(broken)
    }

    /// `ends` are the tokens known to end a turn; more are found by their names.
    fn new(
        mut tokenizer: Tokenizer,
        specials: Vec<(String, u32)>,
        mut ends: Vec<u32>,
    ) -> Result<Self, String> {
        tokenizer.set_encode_special_tokens(true);
        let named = specials
            .iter()
            .filter(|(text, _)| END_NAMES.contains(&text.as_str()));
        ends.extend(named.map(|(_, id)| id));
        let vocabulary = Self {
            tokenizer,
            specials,
            ends,
            pieces: OnceLock::new(),
        };
        vocabulary.check()?;
        Ok(vocabulary)
    }

    fn check(&self) -> Result<(), String> {
        if self.ends.is_empty() {
            return Err("no token ends a turn".to_owned());
        }
        let there = self.encode(PROBE).and_then(|tokens| self.decode(&tokens));
        match there {
            Ok(back) if back == PROBE => Ok(()),
            Ok(back) => Err(format!("`{PROBE}` comes back as `{back}`")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The tokens of a text; what looks like a special token is text.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, GenerateError> {
        let encoding = self.tokenizer.encode_fast(text, false);
        let tokens = encoding.map(|encoding| encoding.get_ids().to_vec());
        tokens.map_err(|source| GenerateError::Tokenize {
            bytes: text.len(),
            source,
        })
    }

    /// The text of tokens, trimmed; special tokens say nothing, and a character that was cut
    /// in half at the end is left out.
    pub(super) fn decode(&self, tokens: &[u32]) -> Result<String, GenerateError> {
        let text = self.tokenizer.decode(tokens, true);
        let text = text.map_err(|source| GenerateError::Tokenize {
            bytes: tokens.len(),
            source,
        })?;
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        Ok(whole.trim().to_owned())
    }

    /// Whether the model says with this token that it is done.
    pub(super) fn ends_turn(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// The first token that ends a turn.
    pub(super) fn end(&self) -> u32 {
        self.ends.first().copied().unwrap_or_default()
    }

    /// All tokens that are text, by their bytes.
    pub(super) fn pieces(&self) -> &Pieces {
        self.pieces.get_or_init(|| {
            let bytes: HashMap<char, u8> = byte_characters();
            let byte = |c: char| bytes.get(&c).copied();
            let text = |token: &str| token.chars().map(byte).collect::<Option<Box<[u8]>>>();
            let special = |id: &u32| self.specials.iter().any(|(_, special)| special == id);
            let all = self.tokenizer.get_vocab(false).into_iter();
            all.filter(|(_, id)| !special(id))
                .filter_map(|(token, id)| Some((text(&token)?, id)))
                .collect()
        })
    }

    /// All special tokens, each with its id.
    pub(super) fn specials(&self) -> &[(String, u32)] {
        &self.specials
    }
}

fn pairs(merges: &[String]) -> Result<Merges, String> {
    let pair = |merge: &String| {
        let (left, right) = merge.split_once(' ')?;
        Some((left.to_owned(), right.to_owned()))
    };
    merges
        .iter()
        .map(|merge| pair(merge).ok_or_else(|| format!("`{merge}` is no merge of two tokens")))
        .collect()
}

/// The byte that each character of a byte-level vocabulary stands for: visible Latin-1
/// stands for itself, the rest follows from U+0100 on (GPT-2, Radford et al. 2019).
fn byte_characters() -> HashMap<char, u8> {
    let visible = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let itself = (0..=u8::MAX)
        .filter(visible)
        .map(|byte| (char::from(byte), byte));
    let hidden = (0..=u8::MAX).filter(|byte| !visible(byte));
    itself.chain(('\u{100}'..).zip(hidden)).collect()
}

/// Tokens that are control, each with its id.
fn specials(tokens: &[String], kinds: &[i64]) -> Vec<(String, u32)> {
    let numbered = tokens.iter().cloned().zip(0u32..);
    let control = numbered.zip(kinds).filter(|(_, kind)| **kind == CONTROL);
    control.map(|(token, _)| token).collect()
}

/// A tokenizer of `tokens`, of merges in order of rank (`left right`), and of rules.
fn build(
    tokens: &[String],
    merges: &[String],
    rules: Rules,
    specials: &[(String, u32)],
) -> Result<Tokenizer, String> {
    let numbered = tokens.iter().cloned().zip(0u32..);
    let bpe = BPE::builder()
        .vocab_and_merges(numbered.collect::<Vocab>(), pairs(merges)?)
        .ignore_merges(rules.whole_words())
        .build()
        .map_err(|error| error.to_string())?;
    let mut tokenizer = Tokenizer::new(bpe);
    tokenizer.with_pre_tokenizer(Some(rules.cuts()?));
    tokenizer
        .with_normalizer(rules.normaliser())
        .map_err(|error| error.to_string())?;
    tokenizer.with_decoder(Some(ByteLevelDecoder::default()));
    let specials = specials
        .iter()
        .map(|(text, _)| AddedToken::from(text.clone(), true));
    tokenizer
        .add_special_tokens(specials.collect::<Vec<_>>())
        .map_err(|error| error.to_string())?;
    Ok(tokenizer)
}

/// The tokenizer in a file; its ids must be those of the model.
fn from_file(path: &Path, tokens: &[String]) -> Result<Tokenizer, String> {
    let tokenizer = Tokenizer::from_file(path).map_err(|error| error.to_string())?;
    let mut numbered = tokens.iter().zip(0u32..);
    let strange = numbered.find(|(text, id)| {
        tokenizer
            .token_to_id(text)
            .is_some_and(|found| found != *id)
    });
    match strange {
        None => Ok(tokenizer),
        Some((text, _)) => Err(format!("`{}` numbers `{text}` differently", path.display())),
    }
}

#[cfg(test)]
pub(super) mod tests;
