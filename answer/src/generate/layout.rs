//! How a prompt is laid out for the model: the chat template of its GGUF, rendered once with
//! marks in place of the messages. Filling in the marks later keeps the messages out of the
//! template engine, and lets the tokenizer see where markup ends and text begins.

use std::path::Path;

use candle_core::quantized::gguf_file::Content;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, ErrorKind, context};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::Prompt;
use super::error::GenerateError;
use super::gguf;
use super::vocabulary::Vocabulary;

/// Markup with places for the two messages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Up to and including the last special token before the user message, and nothing where
    /// none stands between the messages. A special token separates what can become one token,
    /// so the rest can be encoded on its own.
    prefix: Vec<Piece>,
    /// What follows, the user message included.
    suffix: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Special(u32),
    Markup(String),
    System,
    User,
}

/// Stand-ins for the messages: private-use characters, which no template contains.
const SYSTEM_MARK: &str = "\u{e000}system\u{e001}";
const USER_MARK: &str = "\u{e000}user\u{e001}";

/// Instructions a template may execute before it is given up: far more than any needs.
const FUEL: u64 = 100_000;

impl Layout {
    /// Reads the chat template of a GGUF.
    pub(super) fn from_gguf(
        content: &Content,
        vocabulary: &Vocabulary,
        path: &Path,
    ) -> Result<Self, GenerateError> {
        gguf::text(content, "tokenizer.chat_template")
            .ok_or_else(|| "there is none".to_owned())
            .and_then(|template| Self::from_template(template, &named(content), vocabulary))
            .map_err(|problem| GenerateError::Template {
                path: path.to_owned(),
                problem,
            })
    }

    fn from_template(
        template: &str,
        named: &Named,
        vocabulary: &Vocabulary,
    ) -> Result<Self, String> {
        let rendered = render(template, named, SYSTEM_MARK, USER_MARK)?;
        let pieces = split(&rendered, vocabulary.specials());
        let only = |piece: &Piece| {
            let mut places = pieces
                .iter()
                .enumerate()
                .filter(|(_, other)| *other == piece);
            let (place, _) = places.next()?;
            places.next().is_none().then_some(place)
        };
        let (Some(system), Some(user)) = (only(&Piece::System), only(&Piece::User)) else {
            return Err("it does not show each message once".to_owned());
        };
        let before = pieces.get(..user).unwrap_or_default();
        let special = before
            .iter()
            .rposition(|piece| matches!(piece, Piece::Special(_)));
        let shared = special.filter(|special| *special > system);
        let (prefix, suffix) = pieces.split_at(shared.map_or(0, |special| special + 1));
        Ok(Self {
            prefix: prefix.to_vec(),
            suffix: suffix.to_vec(),
        })
    }

    /// The tokens of a prompt, in the two parts that are read one after the other.
    pub(super) fn encode(
        &self,
        prompt: &Prompt,
        vocabulary: &Vocabulary,
    ) -> Result<(Vec<u32>, Vec<u32>), GenerateError> {
        let fill = |pieces: &[Piece]| tokens(pieces, prompt, vocabulary);
        Ok((fill(&self.prefix)?, fill(&self.suffix)?))
    }
}

/// Text between special tokens is encoded in one go, since markup and message may share a
/// token at their border.
fn tokens(
    pieces: &[Piece],
    prompt: &Prompt,
    vocabulary: &Vocabulary,
) -> Result<Vec<u32>, GenerateError> {
    let mut tokens = Vec::new();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Markup(markup) => text.push_str(markup),
            Piece::System => text.push_str(prompt.system.trim()),
            Piece::User => text.push_str(prompt.user.trim()),
            Piece::Special(id) => {
                tokens.extend(vocabulary.encode(&text)?);
                tokens.push(*id);
                text.clear();
            }
        }
    }
    tokens.extend(vocabulary.encode(&text)?);
    Ok(tokens)
}

/// Tokens that templates ask for by name.
#[derive(Debug, Default)]
struct Named {
    begin: String,
    end: String,
}

fn named(content: &Content) -> Named {
    let tokens = gguf::texts(content, "tokenizer.ggml.tokens").unwrap_or_default();
    let token = |key: &str| {
        let id = gguf::number(content, key);
        let text = id.and_then(|id| tokens.get(id)).cloned();
        text.unwrap_or_default()
    };
    Named {
        begin: token("tokenizer.ggml.bos_token_id"),
        end: token("tokenizer.ggml.eos_token_id"),
    }
}

/// The day that templates are told: today's would change every prompt at midnight.
const DATE: &str = "26 Jul 2024";

/// The template's text for one exchange, ready for the model to answer.
fn render(template: &str, named: &Named, system: &str, user: &str) -> Result<String, String> {
    let mut environment = Environment::new();
    // The settings chat templates are written for.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    environment.set_fuel(Some(FUEL));
    environment.add_function("raise_exception", |message: String| {
        Err::<Value, _>(minijinja::Error::new(ErrorKind::InvalidOperation, message))
    });
    environment.add_function("strftime_now", |_format: String| DATE);
    environment.set_unknown_method_callback(unknown_method_callback);
    let message = |role: &str, content: &str| context! { role, content };
    environment
        .render_str(
            template,
            context! {
                messages => vec![message("system", system), message("user", user)],
                add_generation_prompt => true,
                enable_thinking => false,
                bos_token => &named.begin,
                eos_token => &named.end,
                date_string => DATE,
            },
        )
        .map_err(|error| error.to_string())
}

/// Cuts rendered text at special tokens and message marks.
fn split(mut text: &str, specials: &[(String, u32)]) -> Vec<Piece> {
    let special = |(text, id): &(String, u32)| (text.clone(), Piece::Special(*id));
    let mut cuts: Vec<(String, Piece)> = specials.iter().map(special).collect();
    cuts.push((SYSTEM_MARK.to_owned(), Piece::System));
    cuts.push((USER_MARK.to_owned(), Piece::User));
    let mut pieces = Vec::new();
    // The earliest cut comes next; of two at one place the longer, as tokenizers have it.
    while let Some((at, length, piece)) = cuts
        .iter()
        .filter_map(|(cut, piece)| Some((text.find(cut)?, cut.len(), piece)))
        .min_by_key(|(at, length, _)| (*at, std::cmp::Reverse(*length)))
    {
        let (markup, rest) = text.split_at(at);
        push_markup(&mut pieces, markup);
        pieces.push(piece.clone());
        text = rest.split_at(length).1;
    }
    push_markup(&mut pieces, text);
    pieces
}

fn push_markup(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Markup(text.to_owned()));
    }
}

#[cfg(test)]
mod tests;
