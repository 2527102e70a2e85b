//! All formats through the front door: what is refused, and that nothing crashes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::document::BlockKind;

mod office;

const LIMITS: Limits = Limits {
    max_text_chars: 100_000,
    max_expanded_bytes: 1 << 20,
    ocr: None,
};

fn source(uri: &str, bytes: impl Into<Vec<u8>>) -> Source {
    Source {
        uri: uri.to_owned(),
        media_type: None,
        bytes: bytes.into(),
    }
}

#[track_caller]
fn refuse(uri: &str, bytes: impl Into<Vec<u8>>, message: &str) {
    let error = parse(&source(uri, bytes), &LIMITS).expect_err("it is refused");
    assert!(
        error.to_string().contains(message),
        "`{error}` does not say `{message}`"
    );
    assert!(!error.hint().is_empty());
}

/// A DOCX package with one document part.
fn docx(body: &[u8]) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("word/document.xml", body),
    ] {
        archive.start_file(name, options).expect("a part starts");
        archive.write_all(content).expect("a part is written");
    }
    archive
        .finish()
        .expect("the archive is closed")
        .into_inner()
}

/// A document part with `body`.
fn word(body: &str) -> Vec<u8> {
    let part = format!(
        r#"<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    docx(part.as_bytes())
}

fn table(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
    let row = |cells: &&[&str]| {
        format!(
            "<w:tr>{}</w:tr>",
            cells.iter().map(cell).collect::<String>()
        )
    };
    format!(
        "<w:tbl>{}</w:tbl>",
        rows.iter().map(row).collect::<String>()
    )
}

#[test]
fn a_word_document_becomes_blocks() {
    let body = format!(
        "<w:p><w:r><w:t>First # line.</w:t></w:r></w:p>{}<w:p><w:r><w:t>Between.</w:t></w:r></w:p>{}",
        table(&[&["Name", "Ada"], &["Room", "4"]]),
        table(&[&["Place", "Day", "Night"], &["Leeds", "45", "60"]]),
    );
    let document = parse(&source("a_b-c.docx", word(&body)), &LIMITS).expect("it is read");
    assert_eq!(
        document.text,
        "First # line.\n\nName: Ada\nRoom: 4\n\nBetween.\n\nPlace: Leeds; Day: 45; Night: 60"
    );
    assert_eq!(document.title, "a b c");
    assert_eq!(
        document
            .blocks
            .iter()
            .filter(|b| b.kind == BlockKind::TableRow)
            .count(),
        3
    );
}

#[test]
fn a_zip_bomb_is_refused() {
    refuse(
        "bomb.docx",
        docx(&vec![b' '; 8 << 20]),
        "unpacked content is over the limit of 1048576",
    );
}

#[test]
fn damaged_and_empty_documents_are_refused() {
    refuse("a.md", " \n", "empty");
    refuse("a.md", "---\nlayout: only\n---\n", "has no text");
    refuse("a.html", "<html><script>x</script></html>", "has no text");
    refuse(
        "a.pdf",
        "%PDF-1.7\nnothing else",
        "the PDF document is damaged",
    );
    refuse(
        "a.docx",
        word("").split_at(200).0.to_vec(),
        "the DOCX document is damaged",
    );
    refuse(
        "a.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
        "image/png",
    );
    refuse(
        "a.txt",
        "word ".repeat(40_000),
        "text is over the limit of 100000",
    );
}

/// Every file below `folder` of the fixtures, by its path inside it.
fn fixtures(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(folder);
    let mut out = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the fixtures are there") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("it lies below the root");
            let bytes = fs::read(&path).expect("the file can be read");
            out.insert(name.to_string_lossy().into_owned(), bytes);
        }
    }
    out
}

#[test]
fn every_quote_of_the_fixtures_lies_in_the_text_of_its_document() {
    let read = |(name, bytes): (String, Vec<u8>)| {
        let document = parse(&source(&name, bytes), &LIMITS).expect("a fixture is read");
        (name, document.text.replace('\n', " "))
    };
    let texts: BTreeMap<String, String> = fixtures("corpus").into_iter().map(read).collect();
    let questions = fixtures("")
        .remove("questions.jsonl")
        .expect("there are questions");
    let questions = String::from_utf8(questions).expect("they are text");
    for line in questions.lines() {
        let question: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        for evidence in question["evidence"].as_array().into_iter().flatten() {
            let (document, quote) = (&evidence["document"], &evidence["quote"]);
            let text = document.as_str().and_then(|name| texts.get(name));
            let holds = text
                .zip(quote.as_str())
                .is_some_and(|(text, quote)| text.contains(quote));
            assert!(holds, "{document} does not say {quote}");
        }
    }
}

#[test]
fn every_broken_fixture_is_refused() {
    let mut broken = fixtures("broken");
    broken.remove("expected.jsonl");
    assert!(!broken.is_empty());
    for (name, bytes) in broken {
        let outcome = parse(&source(&name, bytes), &LIMITS);
        assert!(outcome.is_err(), "{name} was read");
    }
}

#[test]
fn a_parser_that_panics_is_an_error() {
    let result: Result<(), ParseError> = guarded(Format::Pdf, || panic!("on purpose"));
    assert_eq!(
        result.map_err(|e| e.to_string()),
        Err("the PDF document is damaged: the parser gave up on it".into())
    );
}

#[test]
fn names_become_titles() {
    for (uri, title) in [
        (
            "https://e.x/docs/travel_guide-2025.md?v=1#top",
            "travel guide-2025",
        ),
        ("C:\\hr\\sick-leave.docx", "sick leave"),
        ("tx-300 data-sheet.txt", "tx-300 data sheet"),
        (".profile", ".profile"),
        ("notes", "notes"),
    ] {
        assert_eq!(stem(uri), title, "{uri}");
    }
}

#[test]
fn the_language_is_told_when_it_is_clear() {
    let german = "Die Mitarbeiterinnen und Mitarbeiter haben Anspruch auf dreißig Tage Urlaub im Jahr, \
        der rechtzeitig beantragt werden muss. Die Abteilungsleitung entscheidet innerhalb einer Woche.";
    assert_eq!(language(german).as_deref(), Some("deu"));
    assert_eq!(language("42"), None);
}

#[test]
fn hostile_nesting_and_repetition_take_little_time() {
    let hostile = [
        ("a.html", "<div>".to_owned()),
        (
            "a.html",
            "<table><tr><td colspan=64 rowspan=64>x".to_owned(),
        ),
        ("a.html", "<table><p>x".to_owned()),
        ("a.html", "<p><font a=1><b>x".to_owned()),
        ("a.md", "a\n".to_owned()),
        ("a.md", "{%a%}`".to_owned()),
        ("a.txt", "a\n---\n".to_owned()),
        ("a.rst", "==  ==\nx\n\n".to_owned()),
        ("a.adoc", "link:".to_owned()),
        ("a.eml", "Content-Type: message/rfc822\n\n".to_owned()),
        ("a.xml", "<a>x".to_owned()),
        ("a.json", "[".to_owned()),
    ];
    let start = std::time::Instant::now();
    for (uri, part) in hostile {
        let bytes = part.repeat(200_000 / part.len());
        let _ = parse(&source(uri, bytes), &LIMITS);
    }
    let took = start.elapsed();
    assert!(took.as_secs() < 30, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_slice_and_sentences_lie_in_blocks(text in "([a-zA-Z#*|>.!?é`~<>\\[\\]()0-9 \n-]|\\PC){1,200}") {
        for uri in ["t.md", "t.txt", "t.html", "t.rst", "t.adoc", "t.csv", "t.json", "t.xml", "t.eml", "t.rs"] {
            let Ok(document) = parse(&source(uri, text.clone()), &LIMITS) else { continue };
            let mut end = 0;
            for block in &document.blocks {
                prop_assert!(block.span.start >= end && block.span.slice(&document.text).is_some());
                end = block.span.end;
            }
            for sentence in &document.sentences {
                let home = document.blocks.iter().find(|b| b.span.contains(*sentence));
                prop_assert!(home.is_some_and(|b| !matches!(b.kind, BlockKind::Heading(_))));
            }
        }
    }

    #[test]
    fn no_bytes_crash_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..300), head in 0usize..6) {
        let signatures: [&[u8]; 6] = [b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>", b"<?xml ?><a>", b"From: a\nMIME-Version: 1.0\n"];
        let signature = signatures.get(head).copied().unwrap_or_default();
        let outcome = parse(&source("x", [signature, &bytes].concat()), &LIMITS);
        if let Ok(document) = outcome {
            prop_assert!(!document.text.is_empty());
        }
    }
}
