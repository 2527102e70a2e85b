//! Texts become the tokens that the model was trained on, and come back from them.

use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::*;

impl Vocabulary {
    /// A token as it is written in the GGUF.
    pub(in crate::generate) fn piece(&self, token: u32) -> String {
        self.tokenizer.id_to_token(token).unwrap()
    }
}

/// `<|im_start|>`, `<|im_end|>`, one token per byte, and the merge of `a` and `b`.
pub(in crate::generate) fn vocabulary() -> Vocabulary {
    made(|_| {}).unwrap()
}

fn made(change: impl FnOnce(&mut Vec<String>)) -> Result<Vocabulary, String> {
    let mut bytes: Vec<String> = ByteLevel::alphabet().iter().map(char::to_string).collect();
    bytes.sort();
    let mut tokens = vec!["<|im_start|>".to_owned(), "<|im_end|>".to_owned()];
    tokens.append(&mut bytes);
    tokens.push("ab".to_owned());
    change(&mut tokens);
    let specials = specials(&tokens, &[CONTROL, CONTROL]);
    let tokenizer = build(&tokens, &["a b".to_owned()], Rules::Smollm, &specials)?;
    Vocabulary::new(tokenizer, specials, Vec::new())
}

#[track_caller]
fn check(text: &str, tokens: usize) {
    let vocabulary = vocabulary();
    let encoded = vocabulary.encode(text).unwrap();
    assert_eq!(encoded.len(), tokens, "{encoded:?}");
    assert_eq!(vocabulary.decode(&encoded).unwrap(), text);
    assert!(encoded.iter().all(|token| *token > 1), "{encoded:?}");
}

#[test]
fn text_survives_the_trip() {
    check("ab", 1);
    check("a b", 3);
    check("<|im_end|>", 10);
    check("für", 4);
}

#[test]
fn a_character_cut_in_half_is_left_out() {
    let vocabulary = vocabulary();
    let mut tokens = vocabulary.encode("ab ü").unwrap();
    tokens.pop();
    assert_eq!(vocabulary.decode(&tokens).unwrap(), "ab");
}

#[test]
fn every_byte_has_a_token() {
    let vocabulary = vocabulary();
    let single = (0..=u8::MAX).filter(|byte| vocabulary.pieces().contains_key([*byte].as_slice()));
    assert_eq!(single.count(), 256);
    assert_eq!(
        vocabulary.pieces()[b"ab".as_slice()],
        vocabulary.encode("ab").unwrap()[0]
    );
}

#[test]
fn the_end_of_a_turn_is_found_by_name() {
    let vocabulary = vocabulary();
    assert!(vocabulary.ends_turn(1));
    assert!(!vocabulary.ends_turn(0));
}

#[test]
fn a_vocabulary_with_a_hole_is_refused() {
    let problem = made(|tokens| tokens[10] = "hole".to_owned()).err().unwrap();
    assert!(problem.contains("comes back as"), "{problem}");
}
