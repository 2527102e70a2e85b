//! Where in a document a parser is working: a page, a sheet, a member of an archive. Parsers
//! say it as they go, so that whoever kills one that hangs can say where it hung.

use std::fmt::Display;
use std::sync::OnceLock;

type Observer = Box<dyn Fn(&str) + Send + Sync>;

static OBSERVER: OnceLock<Observer> = OnceLock::new();

/// Hears of every place from now on, for the life of the process. The first observer stays;
/// false when there was one already.
pub fn observe(observer: impl Fn(&str) + Send + Sync + 'static) -> bool {
    OBSERVER.set(Box::new(observer)).is_ok()
}

/// Says that the parser has come to `place`, such as `page 12` or `word/document.xml`. Free
/// when nobody listens.
pub(crate) fn at(place: impl Display) {
    if let Some(observer) = OBSERVER.get() {
        let place: String = place.to_string().chars().take(MAX_CHARS).collect();
        observer(&place);
    }
}

/// Member names come from the document: a longer one says nothing more.
const MAX_CHARS: usize = 120;
