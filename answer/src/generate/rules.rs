//! How text is cut before bytes are joined to tokens, by the names that GGUF has for it. The
//! patterns are those the models were trained with, as their `tokenizer.json` states them.

use candle_core::quantized::gguf_file::Content;
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use super::gguf;

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// SmolLM2: every digit alone, then GPT-2's pattern.
    Smollm,
    /// Llama 3: up to three digits together; a word that is a token is not taken apart.
    Llama3,
    /// Qwen2 and Qwen3: every digit alone; composed characters.
    Qwen2,
}

/// Words with the character before them, digits, runs of signs, line ends, white space.
const PATTERN: [&str; 2] = [
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

impl Rules {
    /// The rules a GGUF names; the error says what it names instead.
    pub(super) fn read(content: &Content) -> Result<Self, String> {
        let found = |key: &str| gguf::text(content, key).unwrap_or("none").to_owned();
        let model = found("tokenizer.ggml.model");
        if model != "gpt2" {
            return Err(format!(
                "tokenizer `{model}` and no `tokenizer.json` beside it"
            ));
        }
        match found("tokenizer.ggml.pre").as_str() {
            "smollm" => Ok(Self::Smollm),
            "llama-bpe" | "llama3" => Ok(Self::Llama3),
            "qwen2" => Ok(Self::Qwen2),
            other => Err(format!(
                "pre-tokenizer `{other}` and no `tokenizer.json` beside it"
            )),
        }
    }

    /// Whether a word that is in the vocabulary is taken as it is.
    pub(super) fn whole_words(self) -> bool {
        self == Self::Llama3
    }

    pub(super) fn normaliser(self) -> Option<NFC> {
        (self == Self::Qwen2).then_some(NFC)
    }

    /// The cuts, then bytes as the characters that stand for them.
    pub(super) fn cuts(self) -> Result<Sequence, String> {
        let (no_prefix_space, trim_offsets) = (false, true);
        let bytes = |by_pattern| ByteLevel::new(no_prefix_space, trim_offsets, by_pattern).into();
        let steps: Vec<PreTokenizerWrapper> = match self {
            Self::Smollm => vec![Digits::new(true).into(), bytes(true)],
            Self::Llama3 => vec![split(r"\p{N}{1,3}")?, bytes(false)],
            Self::Qwen2 => vec![split(r"\p{N}")?, bytes(false)],
        };
        Ok(Sequence::new(steps))
    }
}

fn split(digits: &str) -> Result<PreTokenizerWrapper, String> {
    let pattern = SplitPattern::Regex(PATTERN.join(digits));
    let keep = SplitDelimiterBehavior::Isolated;
    let split = Split::new(pattern, keep, false).map_err(|error| error.to_string())?;
    Ok(split.into())
}

#[cfg(test)]
mod tests {
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    use super::*;

    #[track_caller]
    fn check(rules: Rules, text: &str, pieces: &[&str]) {
        let mut cut = PreTokenizedString::from(text);
        rules.cuts().unwrap().pre_tokenize(&mut cut).unwrap();
        let found = cut.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let found: Vec<&str> = found.iter().map(|(_, at, _)| &text[at.0..at.1]).collect();
        assert_eq!(found, pieces);
    }

    #[test]
    fn every_family_cuts_as_it_was_trained() {
        let text = "It's 2026, d\u{e9}j\u{e0} vu\n";
        let date = |digits: &[&'static str]| {
            let mut pieces = vec!["It", "'s", " "];
            pieces.extend(digits);
            pieces.extend([",", " d\u{e9}j\u{e0}", " vu", "\n"]);
            pieces
        };
        check(Rules::Smollm, text, &date(&["2", "0", "2", "6"]));
        check(Rules::Llama3, text, &date(&["202", "6"]));
        check(Rules::Qwen2, text, &date(&["2", "0", "2", "6"]));
    }
}
