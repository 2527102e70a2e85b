//! Words that say how a question is put, not what it is about. They are dropped from the
//! lexical leg's query and from the terms an answer must contain, never from the index: what
//! a document says is kept whole, and the list can change without rebuilding anything.

/// English function and question words, sorted. Left out on purpose: negations and limits
/// (`not`, `without`, `before`, `only`, `more`), which change what a policy means.
const STOP_WORDS: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by",
    "can", "could", "did", "do", "does", "doing", "for", "from", "had", "has", "have", "having",
    "he", "her", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself",
    "just", "may", "me", "might", "mine", "my", "of", "on", "or", "our", "ours", "please", "shall",
    "she", "should", "so", "some", "such", "than", "that", "the", "their", "theirs", "them",
    "then", "there", "these", "they", "this", "those", "to", "was", "we", "were", "what",
    "whatever", "when", "where", "whether", "which", "while", "who", "whom", "whose", "why",
    "will", "with", "would", "you", "your", "yours",
];

/// True when `word`, as written, carries no content of its own.
///
/// A word of two or more capitals is an acronym, not a function word: `IT` and `WHO` count.
pub fn is_stop_word(word: &str) -> bool {
    let acronym = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let plain = || word.to_lowercase();
    !acronym && STOP_WORDS.binary_search(&plain().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(STOP_WORDS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn acronyms_and_negations_are_content() {
        for word in ["the", "The", "what", "I"] {
            assert!(is_stop_word(word), "{word}");
        }
        for word in ["IT", "WHO", "not", "without", "leave", "", "é"] {
            assert!(!is_stop_word(word), "{word}");
        }
    }
}
