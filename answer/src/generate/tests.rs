//! The real model, from the cache; skipped with a line on stderr where nothing was pulled.

use std::cell::Cell;

use candle_core::{Device, Tensor};
use candle_transformers::models::quantized_llama::ModelWeights;
use footnote_ingest::models::{Cache, Manifest, Role, locate};

use super::*;

const SYSTEM: &str = "You answer questions in one short sentence, using only the given text.";

fn generator() -> Option<Generator> {
    let cache = Cache::from_env().or_else(|| skip("no cache folder"))?;
    let manifest = Manifest::embedded().unwrap();
    let artefact = manifest.artefact(Role::Generator).unwrap();
    let path = match locate(artefact, &cache) {
        Ok(path) => path,
        Err(error) => return skip(&error.to_string()),
    };
    Some(Generator::load(&path, &cache.root, artefact.id()).unwrap())
}

fn skip<T>(why: &str) -> Option<T> {
    eprintln!("skipped: needs the language model: {why}");
    None
}

fn prompt(user: &str) -> Prompt {
    Prompt {
        system: SYSTEM.to_owned(),
        user: user.to_owned(),
    }
}

fn limits(max_tokens: usize) -> GenerateLimits<'static> {
    GenerateLimits {
        max_tokens,
        deadline: None,
        cancelled: &|| false,
        guesses: GUESSES,
    }
}

#[track_caller]
fn check(user: &str, expected: &str) {
    let Some(mut generator) = generator() else {
        return;
    };
    let draft = generator.generate(&prompt(user), &limits(48)).unwrap();
    assert!(draft.text.contains(expected), "{draft:?}");
    assert_eq!(draft.finished, StopReason::EndOfTurn, "{draft:?}");
}

#[test]
fn it_knows_a_capital() {
    check("What is the capital of France?", "Paris");
}

#[test]
fn it_rewrites_a_sentence_into_an_answer() {
    check(
        "Text: Employees receive 30 days of paid leave per year.\n\
         Question: How many days of leave do employees get?",
        "30 days",
    );
}

#[test]
fn a_cached_prefix_changes_nothing_but_the_work() {
    let Some(mut generator) = generator() else {
        return;
    };
    let question = prompt("Text: The east gate closes at 19:30.\nQuestion: When does it close?");
    let cold = generator.generate(&question, &limits(32)).unwrap();
    let other = generator
        .generate(&prompt("What is snow?"), &limits(4))
        .unwrap();
    let warm = generator.generate(&question, &limits(32)).unwrap();
    assert_eq!(cold.cached_tokens, 0);
    assert!(other.cached_tokens > 0);
    assert_eq!(warm.cached_tokens, other.cached_tokens);
    assert_eq!((cold.text, cold.finished), (warm.text, warm.finished));
}

/// candle's own llama, which reads the shipped weights as they are.
#[test]
fn candles_own_llama_takes_the_same_token() {
    let Some(generator) = generator() else {
        return;
    };
    let question = prompt("Text: The east gate closes at 19:30.\nQuestion: When does it close?");
    let tokens = generator.tokens(&question).unwrap();
    let manifest = Manifest::embedded().unwrap();
    let artefact = manifest.artefact(Role::Generator).unwrap();
    let path = locate(artefact, &Cache::from_env().unwrap()).unwrap();
    let (mut file, content) = read(&path).unwrap();
    let mut stock = ModelWeights::from_gguf(content, &mut file, &Device::Cpu).unwrap();
    let input = Tensor::new(tokens.as_slice(), &Device::Cpu).unwrap();
    let scores = stock.forward(&input.unsqueeze(0).unwrap(), 0).unwrap();
    let scores: Vec<f32> = scores.squeeze(0).unwrap().to_vec1().unwrap();
    let ours = generator.scores(&tokens).unwrap();
    assert_eq!(run::likeliest(&scores), run::likeliest(&ours));
}

#[test]
fn guessing_changes_nothing_but_the_work() {
    let Some(mut generator) = generator() else {
        return;
    };
    let question = prompt("Repeat: the east gate, the east gate, the east gate, the east gate.");
    let plain = GenerateLimits {
        guesses: 0,
        ..limits(40)
    };
    let plain = generator.generate(&question, &plain).unwrap();
    let guessed = generator.generate(&question, &limits(40)).unwrap();
    assert!(guessed.guessed_tokens > 0, "{guessed:?}");
    assert_eq!(
        (plain.text, plain.finished),
        (guessed.text, guessed.finished)
    );
}

/// A sentence to copy from, and what is known of its spans.
fn copying(prior: Vec<(Spot, f32)>) -> Copying {
    let evidence = "The east gate closes at 19:30 and opens again at 6:00.";
    Copying {
        prompt: prompt(&format!(
            "Text: {evidence}\nQuestion: When does the east gate close?"
        )),
        texts: vec![evidence.to_owned()],
        prior,
    }
}

#[test]
fn a_copied_answer_is_a_span_of_the_evidence() {
    let Some(mut generator) = generator() else {
        return;
    };
    let copying = copying(Vec::new());
    let copied = generator.copy(&copying, &limits(20)).unwrap();
    let again = generator.copy(&copying, &limits(20)).unwrap();
    assert_eq!(copied.spot, again.spot);
    let words = copied
        .spot
        .map(|spot| &copying.texts[spot.text][spot.bytes]);
    assert!(words.is_some_and(|words| !words.is_empty()));
}

#[test]
fn what_is_known_of_the_spans_leads_the_copying() {
    let Some(mut generator) = generator() else {
        return;
    };
    for wanted in ["19:30", "6:00", "The east gate"] {
        let start = copying(Vec::new()).texts[0].find(wanted).unwrap();
        let spot = Spot {
            text: 0,
            bytes: start..start + wanted.len(),
        };
        let copying = copying(vec![(spot.clone(), 1e9)]);
        let copied = generator.copy(&copying, &limits(20)).unwrap();
        assert_eq!(copied.spot, Some(spot), "{wanted}");
    }
}

#[test]
fn limits_end_a_generation_with_their_own_reason() {
    let Some(mut generator) = generator() else {
        return;
    };
    let story = prompt("Tell a long story about the sea.");
    let short = generator.generate(&story, &limits(5)).unwrap();
    assert_eq!(
        (short.completion_tokens, short.finished),
        (5, StopReason::MaxTokens)
    );

    let late = GenerateLimits {
        deadline: Some(Instant::now()),
        ..limits(5)
    };
    let late = generator.generate(&story, &late).unwrap();
    assert_eq!(
        (late.text.as_str(), late.finished),
        ("", StopReason::Deadline)
    );

    let steps = Cell::new(0);
    let bored = GenerateLimits {
        cancelled: &|| steps.replace(steps.get() + 1) == 3,
        ..limits(50)
    };
    let bored = generator.generate(&story, &bored).unwrap();
    assert_eq!(bored.finished, StopReason::Cancelled);
    assert!(bored.completion_tokens < 5);
}

#[test]
fn a_prompt_that_does_not_fit_is_refused_before_any_work() {
    let Some(mut generator) = generator() else {
        return;
    };
    let error = generator
        .generate(&prompt(&"word ".repeat(9000)), &limits(5))
        .unwrap_err();
    assert!(
        matches!(error, GenerateError::TooLong { context: 8192, .. }),
        "{error}"
    );
}

#[test]
fn the_prompt_is_tokenised_as_the_model_was_trained() {
    let Some(generator) = generator() else { return };
    let (prefix, suffix) = generator
        .layout
        .encode(&prompt("It is 2026."), &generator.vocabulary)
        .unwrap();
    let pieces: Vec<String> = [prefix, suffix]
        .concat()
        .iter()
        .map(|token| generator.vocabulary.piece(*token))
        .collect();
    let rendered = pieces.join("|");
    assert!(
        rendered.starts_with("<|im_start|>|system|Ċ|You|Ġanswer"),
        "{rendered}"
    );
    assert!(
        rendered.ends_with("user|Ċ|It|Ġis|Ġ|2|0|2|6|.|<|im_end|>|Ċ|<|im_start|>|ass|istant|Ċ"),
        "{rendered}"
    );
}
