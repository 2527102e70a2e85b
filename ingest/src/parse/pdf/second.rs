//! The second reader: `pdf-extract`, for files that the first one cannot open or finds no text
//! in. It knows nothing of layout, so it only gets what would be refused otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::document::BlockKind;
use crate::parse::canonical::{Draft, RawBlock};
use crate::parse::place;

/// What `pdf-extract` finds in the document; `None` when that is nothing.
pub(super) fn read(bytes: &[u8], max_chars: usize) -> Option<Draft> {
    place::at("the second reading");
    let extract = || pdf_extract::extract_text_from_mem_by_pages(bytes);
    let pages = catch_unwind(AssertUnwindSafe(extract)).ok()?.ok()?;
    let chars: usize = pages.iter().map(|page| page.chars().count()).sum();
    let blocks: Vec<RawBlock> = (1u32..)
        .zip(&pages)
        .flat_map(|(number, page)| paragraphs(number, page))
        .collect();
    if blocks.is_empty() || chars > max_chars {
        return None;
    }
    let warning = "the file is damaged: it was read by a simpler reader, and columns and tables \
                   may be out of order";
    Some(Draft {
        pages: u32::try_from(pages.len()).ok(),
        warnings: vec![warning.to_owned()],
        blocks,
        ..Draft::default()
    })
}

/// The paragraphs of a page: what blank lines part.
fn paragraphs(number: u32, page: &str) -> impl Iterator<Item = RawBlock> {
    page.split("\n\n").filter_map(move |text| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Replacement characters alone are a font that could not be decoded.
        let readable = text.chars().any(char::is_alphanumeric);
        readable.then(|| {
            let mut block = RawBlock::new(BlockKind::Paragraph, text);
            block.page = Some(number);
            block
        })
    })
}
