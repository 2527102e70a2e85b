//! The real model, from the cache; skipped with a line on stderr where nothing was pulled,
//! unless `FOOTNOTE_MODELS_REQUIRED` is set, as `make test` does.

use super::*;
use crate::embed::TokenCounter;

pub(crate) fn files() -> Option<EmbedderFiles> {
    let found = Cache::from_env()
        .ok_or_else(|| "no cache folder".to_owned())
        .and_then(|cache| {
            let manifest = Manifest::embedded().unwrap();
            EmbedderFiles::locate(&manifest, &cache).map_err(|error| error.to_string())
        });
    found
        .inspect_err(|why| {
            let required = std::env::var_os("FOOTNOTE_MODELS_REQUIRED").is_some();
            assert!(!required, "FOOTNOTE_MODELS_REQUIRED is set: {why}");
            eprintln!("skipped: needs the embedder: {why}");
        })
        .ok()
}

fn embedder() -> Option<Embedder> {
    files().map(|files| Embedder::load(&files, 2).unwrap())
}

fn passage(text: &str) -> Passage {
    let cut = text.find(". ").map_or(text.len(), |dot| dot + 1);
    Passage {
        text: text.to_owned(),
        sentences: vec![0..cut, cut..text.len()],
    }
}

#[test]
fn vectors_follow_meaning() {
    let Some(mut embedder) = embedder() else {
        return;
    };
    assert_eq!(embedder.dimension(), 384);
    let question = embedder
        .query("How many days off do employees get?")
        .unwrap();
    let near = embedder
        .query("Staff receive thirty days of annual leave.")
        .unwrap();
    let far = embedder
        .query("The boiler room is behind the east stairs.")
        .unwrap();
    assert!(question.cosine(&near) > question.cosine(&far) + 0.2);
}

#[test]
fn integer_products_hardly_turn_a_vector() {
    let Some(files) = files() else { return };
    let manifest = Manifest::embedded().unwrap();
    let shipped = manifest
        .artefact(Role::Embedder)
        .unwrap()
        .shipped()
        .unwrap();
    let model = locate(&shipped, &Cache::from_env().unwrap()).unwrap();
    let mut float = Embedder::load(
        &EmbedderFiles {
            model,
            ..files.clone()
        },
        1,
    )
    .unwrap();
    let mut integer = Embedder::load(&files, 1).unwrap();
    for text in [
        "",
        "Staff receive thirty days of annual leave.",
        &"more text, ".repeat(90),
    ] {
        let cosine = float
            .query(text)
            .unwrap()
            .cosine(&integer.query(text).unwrap());
        assert!(cosine > 0.98, "{cosine} {text}");
    }
}

#[test]
fn a_sentence_vector_follows_its_own_sentence() {
    let Some(mut embedder) = embedder() else {
        return;
    };
    let text = "Employees get thirty days of leave. The boiler room is behind the east stairs.";
    let embedded = embedder.passages(&[passage(text)]).unwrap().remove(0);
    let question = embedder.query("Where is the boiler room?").unwrap();
    let [leave, boiler] = [0, 1].map(|i| embedded.sentences[i].cosine(&question));
    assert!(boiler > leave + 0.1, "{boiler} {leave}");
}

#[test]
fn the_same_passage_has_the_same_bits_in_any_company_and_any_instance() {
    let Some(mut embedder) = embedder() else {
        return;
    };
    let (short, long) = (
        passage("One. Two."),
        passage(&"word and another. ".repeat(40)),
    );
    let alone = embedder.passages(std::slice::from_ref(&short)).unwrap();
    let together = embedder.passages(&[long, short.clone()]).unwrap();
    assert_eq!(alone[0], together[1]);

    let mut other = Embedder::load(&files().unwrap(), 1).unwrap();
    assert_eq!(other.passages(&[short]).unwrap(), alone);
}

#[test]
fn text_beyond_the_limit_is_not_read() {
    let Some(mut embedder) = embedder() else {
        return;
    };
    let mut long = passage(&format!("First. {}", "word ".repeat(400)));
    let end = long.text.len();
    long.sentences.push(end - 5..end);
    let embedded = embedder.passages(&[long]).unwrap().remove(0);
    assert_eq!(embedded.sentences[2], embedded.vector);
    assert_ne!(embedded.sentences[0], embedded.vector);
}

#[test]
fn special_tokens_in_a_text_are_just_text() {
    let Some(mut embedder) = embedder() else {
        return;
    };
    let counter = TokenCounter::load(&files().unwrap().tokenizer).unwrap();
    let text = "a [SEP] b";
    assert_eq!(counter.count(text), 5);
    assert_eq!(embedder.lanes.first.encode(text).unwrap().len(), 5 + 2);
    assert!(embedder.query("").is_ok());
}

#[test]
fn a_library_that_is_not_onnx_runtime_is_an_error() {
    let Some(files) = files() else { return };
    let wrong = EmbedderFiles {
        runtime: files.tokenizer.clone(),
        ..files
    };
    let error = Embedder::load(&wrong, 1).err().unwrap();
    let expected = matches!(
        error,
        EmbedError::Runtime { .. } | EmbedError::SecondRuntime { .. }
    );
    assert!(expected, "{error}");
}
