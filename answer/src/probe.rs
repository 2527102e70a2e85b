//! What can this model do? A model is used for what it has shown it can do: twenty-four small
//! tasks of each kind give a [`Card`], and the card decides, never the model's name. Small
//! models fail silently and in different ways, so there is no other way to know.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use footnote_ingest::embed::ModelId;
use serde::{Deserialize, Serialize};

use crate::ask::Abilities;
use crate::auc::auc;
use crate::evidence::stems;
use crate::generate::{
    Copying, GUESSES, GenerateError, GenerateLimits, Generator, Prompt, kernels,
};
use crate::pace::Pace;
use crate::prompt;

mod items;
#[cfg(test)]
mod tests;

use items::{ITEMS, Item};

/// What a model has shown. Shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The model, as `name@sha256:digest`.
    pub model: String,
    /// Version of the tasks and of the prompts, and what the model computed with; a card of
    /// others says nothing.
    pub version: String,
    /// How often a rewritten sentence still holds the answer and adds no word of its own.
    pub rewriting: f32,
    /// Mean token F1 of answers copied out of a sentence.
    pub copying: f32,
    /// How often the right one of three numbered sentences is named; a third is chance.
    pub citing: f32,
    /// How well "does the text answer it" tells answers from others: area under the ROC
    /// curve; a half is chance.
    pub abstaining: f32,
    /// Tokens of a prompt read in a second on this machine.
    pub reads_per_s: f32,
    /// Tokens written in a second.
    pub writes_per_s: f32,
}

/// Bumped when the tasks change.
const VERSION: &str = "probe-1";

/// Share of rewritings from which a model may reword evidence.
const REWRITES_FROM: f32 = 0.5;
/// F1 from which a model knows better than [`crate::short`], which has none, what to copy. It is
/// tried without the help that it has from there.
const COPIES_FROM: f32 = 0.6;

/// Longest output of a task in tokens.
const MOST: usize = 40;

impl Card {
    /// Tries `generator` on everything.
    ///
    /// # Errors
    /// Whatever the model fails with.
    pub fn measure(generator: &mut Generator) -> Result<Self, GenerateError> {
        let mut speed = Speed::default();
        let rewriting = mean(|item| rewritten(generator, item, &mut speed))?;
        let copying = mean(|item| copied(generator, item))?;
        Ok(Self {
            model: generator.model().to_string(),
            version: version(),
            rewriting,
            copying,
            citing: citing(generator)?,
            abstaining: abstaining(generator)?,
            reads_per_s: per_second(speed.read, speed.reading),
            writes_per_s: per_second(speed.written, speed.writing),
        })
    }

    /// The stored card of `model`, if there is one of this version.
    pub fn read(cache_dir: &Path, model: &ModelId) -> Option<Self> {
        let text = fs::read_to_string(file(cache_dir, model)).ok()?;
        let card: Self = serde_json::from_str(&text).ok()?;
        (card.version == version() && card.model == model.as_str()).then_some(card)
    }

    /// Keeps the card beside the model's files.
    ///
    /// # Errors
    /// [`GenerateError::Io`] when the folder cannot be written.
    pub fn write(&self, cache_dir: &Path, model: &ModelId) -> Result<(), GenerateError> {
        let path = file(cache_dir, model);
        let folder = path.parent().unwrap_or(cache_dir);
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(GenerateError::io(&path))
    }

    /// How fast the model was.
    pub fn pace(&self) -> Pace {
        Pace {
            reads_per_s: self.reads_per_s,
            writes_per_s: self.writes_per_s,
        }
    }

    /// What the model is good enough for.
    pub fn abilities(&self) -> Abilities {
        Abilities {
            rewrites: self.rewriting >= REWRITES_FROM,
            copies: self.copying >= COPIES_FROM,
        }
    }
}

fn version() -> String {
    format!("{VERSION} {}, {}", prompt::VERSION, kernels())
}

fn file(cache_dir: &Path, model: &ModelId) -> PathBuf {
    cache_dir.join(model.sha256()).join("card.json")
}

#[derive(Default)]
struct Speed {
    read: usize,
    reading: Duration,
    written: usize,
    writing: Duration,
}

fn limits() -> GenerateLimits<'static> {
    GenerateLimits {
        max_tokens: MOST,
        deadline: None,
        cancelled: &|| false,
        guesses: GUESSES,
    }
}

fn mean(mut task: impl FnMut(&Item) -> Result<f32, GenerateError>) -> Result<f32, GenerateError> {
    let mut sum = 0.0;
    for item in &ITEMS {
        sum += task(item)?;
    }
    Ok(sum / ITEMS.len() as f32)
}

/// 1 when the answer is there and nothing that neither text nor question says.
fn rewritten(
    generator: &mut Generator,
    item: &Item,
    speed: &mut Speed,
) -> Result<f32, GenerateError> {
    let prompt = prompt::rewrite(item.question, "Handbook", item.text);
    let draft = generator.generate(&prompt, &limits())?;
    speed.read += draft.prompt_tokens - draft.cached_tokens;
    speed.reading += draft.reading;
    speed.written += draft.completion_tokens;
    speed.writing += draft.writing;
    let known = stems(&format!("{} {}", item.text, item.question));
    let new = |stem: &String| !known.contains(stem) && !footnote_store::terms::is_stop_word(stem);
    let holds = stems(item.answer).is_subset(&stems(&draft.text));
    let good = holds && !stems(&draft.text).iter().any(new);
    Ok(f32::from(u8::from(good)))
}

fn copied(generator: &mut Generator, item: &Item) -> Result<f32, GenerateError> {
    let texts = vec![item.text.to_owned()];
    let copying = Copying {
        prompt: prompt::copy(item.question, &texts),
        texts,
        prior: Vec::new(),
    };
    let copied = generator.copy(&copying, &limits())?;
    let words = copied.spot.map(|spot| &item.text[spot.bytes]);
    Ok(words.map_or(0.0, |words| f1(words, item.answer)))
}

/// Harmonic mean of precision and recall over words (as in SQuAD, Rajpurkar et al. 2016).
fn f1(found: &str, wanted: &str) -> f32 {
    let (found, wanted) = (stems(found), stems(wanted));
    let shared = found.intersection(&wanted).count() as f32;
    match found.len() + wanted.len() {
        0 => 0.0,
        all => 2.0 * shared / all as f32,
    }
}

/// Each item between two others, in a place that changes.
fn citing(generator: &Generator) -> Result<f32, GenerateError> {
    let mut right = 0;
    for (at, item) in ITEMS.iter().enumerate() {
        let place = at % 3;
        let text = |i: usize| ITEMS[(at + i + 3 - place) % ITEMS.len()].text;
        let texts = [text(0), text(1), text(2)];
        let scores = choose(
            generator,
            &prompt::choose(item.question, &texts),
            ["1", "2", "3"],
        )?;
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        right += usize::from(scores[place] == best);
    }
    Ok(right as f32 / ITEMS.len() as f32)
}

/// Each question with its own text, and with that of the next item.
fn abstaining(generator: &Generator) -> Result<f32, GenerateError> {
    let (mut answered, mut open) = (Vec::new(), Vec::new());
    for (at, item) in ITEMS.iter().enumerate() {
        let other = ITEMS[(at + 1) % ITEMS.len()].text;
        for (text, scores) in [(item.text, &mut answered), (other, &mut open)] {
            let prompt = prompt::answers(item.question, text);
            let [yes, no] = choose(generator, &prompt, ["Yes", "No"])?;
            scores.push(f64::from(yes - no));
        }
    }
    Ok(auc(&answered, &open) as f32)
}

/// The scores of the first tokens of `words` as a reply.
fn choose<const N: usize>(
    generator: &Generator,
    prompt: &Prompt,
    words: [&str; N],
) -> Result<[f32; N], GenerateError> {
    let scores = generator.scores(&generator.tokens(prompt)?)?;
    let mut found = [f32::NEG_INFINITY; N];
    for (found, word) in found.iter_mut().zip(words) {
        let token = generator.tokenize(word)?.first().copied();
        let score = token.and_then(|token| scores.get(token as usize));
        *found = score.copied().unwrap_or(f32::NEG_INFINITY);
    }
    Ok(found)
}

fn per_second(count: usize, time: Duration) -> f32 {
    count as f32 / time.as_secs_f32().max(1e-9)
}
