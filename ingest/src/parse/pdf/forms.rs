//! External objects, made safe before a page is interpreted. `pdf-extract` interprets every
//! object a page invokes, pictures too, and follows forms that invoke each other without end;
//! a stack that overflows cannot be caught.

use std::collections::{BTreeMap, BTreeSet};

use pdf_extract::content::Content;
use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

/// Forms nested deeper than this are a loop or an attack.
const MAX_DEPTH: usize = 12;

/// Empties pictures, and forms that invoke forms in a circle or too deeply; returns how many
/// forms these were.
pub(super) fn tame(document: &mut Document) -> usize {
    let streams = document.objects.iter();
    let streams = streams.filter_map(|(id, object)| Some((*id, object.as_stream().ok()?)));
    let pictures = streams.clone().filter(|(_, stream)| is(stream, b"Image"));
    let mut doomed: BTreeSet<ObjectId> = pictures.map(|(id, _)| id).collect();
    let forms = streams.filter(|(_, stream)| is(stream, b"Form"));
    let mut open: BTreeMap<ObjectId, Invoked> = forms
        .map(|(id, form)| (id, invoked(document, form)))
        .collect();
    // A form is safe when all forms it invokes are; each round settles one level of nesting.
    for _ in 0..MAX_DEPTH {
        let unsafe_ids: BTreeSet<ObjectId> = open.keys().copied().collect();
        open.retain(|_, invoked| match invoked {
            Invoked::Unknown => true,
            Invoked::Forms(ids) => ids.iter().any(|id| unsafe_ids.contains(id)),
        });
    }
    let unsafe_forms = open.len();
    doomed.extend(open.into_keys());
    for id in doomed {
        if let Ok(stream) = document.get_object_mut(id).and_then(Object::as_stream_mut) {
            stream.dict.remove(b"Filter");
            stream.set_content(Vec::new());
        }
    }
    unsafe_forms
}

/// What the content of a form invokes.
enum Invoked {
    Forms(Vec<ObjectId>),
    /// It invokes by names that only the page which invokes it can resolve.
    Unknown,
}

fn is(stream: &Stream, subtype: &[u8]) -> bool {
    let found = stream.dict.get(b"Subtype").and_then(Object::as_name);
    found.is_ok_and(|found| found == subtype)
}

fn invoked(document: &Document, form: &Stream) -> Invoked {
    let names = names(form);
    if names.is_empty() {
        return Invoked::Forms(Vec::new());
    }
    let objects = dictionary(document, &form.dict, b"Resources")
        .and_then(|resources| dictionary(document, resources, b"XObject"));
    let Some(objects) = objects else {
        return Invoked::Unknown;
    };
    let id = |name: &Vec<u8>| objects.get(name).and_then(Object::as_reference).ok();
    Invoked::Forms(names.iter().filter_map(id).collect())
}

/// The names that the form's `Do` operators invoke.
fn names(form: &Stream) -> Vec<Vec<u8>> {
    let content = form.decompressed_content();
    let content = content.as_deref().unwrap_or(&form.content);
    if !content.windows(2).any(|at| at == b"Do") {
        return Vec::new();
    }
    let operations = Content::decode(content).map_or(Vec::new(), |content| content.operations);
    let invocations = operations
        .iter()
        .filter(|operation| operation.operator == "Do");
    let name = invocations.filter_map(|operation| operation.operands.first()?.as_name().ok());
    name.map(<[u8]>::to_vec).collect()
}

fn dictionary<'d>(
    document: &'d Document,
    from: &'d Dictionary,
    key: &[u8],
) -> Option<&'d Dictionary> {
    let (_, object) = document.dereference(from.get(key).ok()?).ok()?;
    object.as_dict().ok()
}

#[cfg(test)]
mod tests {
    use pdf_extract::dictionary;

    use super::*;

    /// A document of forms; each has a name, invokes names and knows all by name.
    fn forms(invoked: &[(&str, &[&str])]) -> Document {
        let mut document = Document::with_version("1.4");
        let shared = document.new_object_id();
        let mut known = Dictionary::new();
        for (name, names) in invoked {
            let content: String = names.iter().map(|name| format!("/{name} Do ")).collect();
            let form = dictionary! { "Subtype" => "Form", "Resources" => shared };
            known.set(
                *name,
                document.add_object(Stream::new(form, content.into_bytes())),
            );
        }
        document.objects.insert(
            shared,
            Object::Dictionary(dictionary! { "XObject" => known }),
        );
        document
    }

    #[track_caller]
    fn check(invoked: &[(&str, &[&str])], emptied: &[bool]) {
        let mut document = forms(invoked);
        tame(&mut document);
        let streams = document
            .objects
            .values()
            .filter_map(|object| object.as_stream().ok());
        let got: Vec<bool> = streams.map(|stream| stream.content.is_empty()).collect();
        assert_eq!(got, emptied);
    }

    #[test]
    fn only_forms_that_lead_into_a_circle_are_emptied() {
        check(
            &[("a", &["b"]), ("b", &["c", "c"]), ("c", &["q"])],
            &[false, false, false],
        );
        check(
            &[("a", &["a"]), ("b", &["c"]), ("c", &["q"])],
            &[true, false, false],
        );
        check(
            &[("a", &["b"]), ("b", &["c"]), ("c", &["b"])],
            &[true, true, true],
        );
    }

    #[test]
    fn pictures_are_emptied() {
        let mut document = Document::with_version("1.4");
        let picture = Stream::new(dictionary! { "Subtype" => "Image" }, vec![1, 2, 3]);
        let id = document.add_object(picture);
        tame(&mut document);
        let content = document
            .get_object(id)
            .and_then(Object::as_stream)
            .map(|s| s.content.len());
        assert_eq!(content.ok(), Some(0));
    }
}
