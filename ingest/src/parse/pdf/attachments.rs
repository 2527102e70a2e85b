//! Files inside a PDF: a portfolio is little else.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, Stream};

use super::budget::Budget;
use super::notes::text;

/// An attached file.
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// Trees of names deeper than this are a loop.
const MAX_DEPTH: usize = 8;
/// Files beyond this are not read.
const MAX_FILES: usize = 100;

/// The attached files, in the order of their names.
pub(super) fn read(pdf: &Pdf, budget: &mut Budget) -> Vec<Attachment> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let names = root.and_then(|root| {
        root.get::<Dict<'_>>("Names")?
            .get::<Dict<'_>>("EmbeddedFiles")
    });
    let mut files = Vec::new();
    if let Some(names) = names {
        collect(&names, 0, &mut files);
    }
    let files = files.into_iter();
    files.filter_map(|file| attachment(&file, budget)).collect()
}

fn collect<'a>(node: &Dict<'a>, depth: usize, out: &mut Vec<Dict<'a>>) {
    let kids = node.get::<Array<'a>>("Kids");
    let names = node.get::<Array<'a>>("Names");
    for item in names.iter().flat_map(|names| names.iter::<Object<'a>>()) {
        if let (Object::Dict(file), true) = (item, out.len() < MAX_FILES) {
            out.push(file);
        }
    }
    for kid in kids.iter().flat_map(|kids| kids.iter::<Dict<'a>>()) {
        if depth < MAX_DEPTH && out.len() < MAX_FILES {
            collect(&kid, depth + 1, out);
        }
    }
}

fn attachment(file: &Dict<'_>, budget: &mut Budget) -> Option<Attachment> {
    let name = ["UF", "F"]
        .iter()
        .find_map(|key| text(file.get::<Object<'_>>(*key)?));
    let stream = file.get::<Dict<'_>>("EF")?;
    let stream = ["UF", "F"]
        .iter()
        .find_map(|key| stream.get::<Stream<'_>>(*key))?;
    Some(Attachment {
        name: name.unwrap_or_else(|| "without a name".to_owned()),
        content: budget.unpack(&stream)?.into_owned(),
    })
}
