//! Inline markup of light markup languages, read in one pass: what stands between two marks
//! is handed to whoever knows the language.

/// Finds closing marks, remembering which of them do not come any more: without that, text
/// full of opening marks would be searched to its end for each.
#[derive(Default)]
pub(super) struct Closer {
    absent: Vec<&'static str>,
}

impl Closer {
    /// The text of `rest` before the next `mark`, and what follows the mark.
    pub(super) fn split<'t>(
        &mut self,
        rest: &'t str,
        mark: &'static str,
    ) -> Option<(&'t str, &'t str)> {
        if self.absent.contains(&mark) {
            return None;
        }
        let found = rest.split_once(mark);
        if found.is_none() {
            self.absent.push(mark);
        }
        found
    }
}

/// True when a mark may open after `before` and before `next`: it does not stand inside a
/// word, and something follows it.
pub(super) fn opens(before: Option<char>, next: Option<char>) -> bool {
    let outside = before.is_none_or(|c| !c.is_alphanumeric());
    outside && next.is_some_and(|c| !c.is_whitespace())
}
