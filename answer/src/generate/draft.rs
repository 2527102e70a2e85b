//! Guessing what comes next from what was read: after the same two tokens, the same again.
//! This is prompt lookup decoding (Saxena 2023), the cheapest form of speculative decoding,
//! and right where answers copy their evidence. Pure.

/// Tokens guessed at once. Weights are read from memory once for all of them, which is what
/// a token costs; more guesses begin to cost arithmetic.
pub const GUESSES: usize = 4;

/// What followed the latest earlier place in `context` that reads like its end and `token`;
/// at most `most` tokens, none where there is no such place.
pub(super) fn guess(context: &[u32], token: u32, most: usize) -> Vec<u32> {
    let Some(before) = context.last() else {
        return Vec::new();
    };
    let earlier = context
        .windows(2)
        .rposition(|pair| pair == [*before, token]);
    let follow = earlier.map(|place| &context[place + 2..]);
    follow.map_or(Vec::new(), |follow| {
        follow.iter().take(most).copied().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(context: &[u32], token: u32, most: usize, expected: &[u32]) {
        assert_eq!(guess(context, token, most), expected);
    }

    #[test]
    fn the_same_two_tokens_are_followed_by_the_same() {
        check(&[1, 2, 3, 4, 9, 1], 2, 4, &[3, 4, 9, 1]);
        check(&[1, 2, 3, 4, 9, 1], 2, 2, &[3, 4]);
        check(&[1, 2, 3, 1, 2, 7, 1], 2, 1, &[7]);
    }

    #[test]
    fn nothing_is_guessed_without_an_example() {
        check(&[], 1, 4, &[]);
        check(&[5, 1], 1, 4, &[]);
        check(&[1, 2, 1, 2], 1, 0, &[]);
    }
}
