//! Office formats through the front door, on the files of `fixtures/formats`.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use super::*;

const FILES: [(&str, &[u8]); 7] = [
    (
        "depot-briefing.pptx",
        include_bytes!("../../../../fixtures/formats/depot-briefing.pptx"),
    ),
    (
        "depots.xls",
        include_bytes!("../../../../fixtures/formats/depots.xls"),
    ),
    (
        "field-guide.epub",
        include_bytes!("../../../../fixtures/formats/field-guide.epub"),
    ),
    (
        "hire-rates.ods",
        include_bytes!("../../../../fixtures/formats/hire-rates.ods"),
    ),
    (
        "memo.rtf",
        include_bytes!("../../../../fixtures/formats/memo.rtf"),
    ),
    (
        "price-list.xlsx",
        include_bytes!("../../../../fixtures/formats/price-list.xlsx"),
    ),
    (
        "site-visit.odt",
        include_bytes!("../../../../fixtures/formats/site-visit.odt"),
    ),
];

fn file(name: &str) -> &'static [u8] {
    let found = FILES.iter().find(|(file, _)| *file == name);
    found.expect("it is one of the files").1
}

/// The document in a file, under a name that says nothing about its format.
fn read(name: &str) -> Document {
    let document = parse(&source("attachment", file(name)), &LIMITS);
    document.expect("it is read")
}

#[track_caller]
fn check(name: &str, title: &str, text: &str) {
    let document = read(name);
    assert_eq!(document.title, title);
    assert_eq!(document.text, text);
}

/// An archive with other content in some of the members of another.
fn repacked(bytes: &[u8], changed: &[(&str, &[u8])]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for at in 0..old.len() {
        let mut part = old.by_index(at).expect("it has the member");
        let name = part.name().expect("it is named").into_owned();
        if changed.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("it is readable");
        new.start_file(name, options).expect("a part starts");
        new.write_all(&content).expect("a part is written");
    }
    for (name, content) in changed {
        new.start_file(*name, options).expect("a part starts");
        new.write_all(content).expect("a part is written");
    }
    new.finish().expect("the archive is closed").into_inner()
}

/// An OLE file with one stream.
fn compound(stream: &str) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("it is created");
    let mut stream = file.create_stream(stream).expect("the stream is created");
    stream.write_all(&[7; 5000]).expect("the stream is written");
    drop(stream);
    file.flush().expect("it is complete");
    file.into_inner().into_inner()
}

#[test]
fn slides_are_pages_under_their_titles() {
    check(
        "depot-briefing.pptx",
        "Depot briefing",
        "Depot briefing\n\nLeeds opens at seven.\n\nBristol opens at eight.\n\nSpeaker notes\n\n\
         Remind everyone of the new keys.\n\nSlide 2\n\nDepot: Leeds; Vans: 12; Cranes: 2\n\
         Depot: Bristol; Vans: 9; Cranes: 1",
    );
    let document = read("depot-briefing.pptx");
    let pages: Vec<_> = document.blocks.iter().map(|block| block.page).collect();
    assert_eq!(pages, [[Some(1); 5].as_slice(), &[Some(2); 3]].concat());
    assert_eq!(document.pages, Some(2));
}

#[test]
fn sheets_are_rows_that_show_what_their_cells_show() {
    check(
        "price-list.xlsx",
        "attachment",
        "Prices\n\nInstrument prices\n\n\
         Product: TX-300 level logger; Price: £1,249.50; Valid from: 1 January 2025\n\
         Product: TX-310 level logger; Price: £1,399.00; Valid from: 1 March 2025\n\n\
         Far corner\n\nStock\n\nDepot: Leeds; On hand: 25%",
    );
    assert_eq!(
        read("price-list.xlsx").warnings,
        ["the hidden sheet `Workings` was left out"]
    );
    check(
        "depots.xls",
        "attachment",
        "Depots\n\nDepot: Leeds; Opened: 1990-06-01; Staff: 41\n\
         Depot: Halifax; Opened: 2010-04-01; Staff: 17.5",
    );
    check(
        "hire-rates.ods",
        "Marrowbeck hire rates",
        "Rates\n\nItem: Flow meter; Day rate: £45.00; Deposit: £45.00",
    );
}

#[test]
fn text_documents_and_books_keep_their_structure() {
    check(
        "site-visit.odt",
        "Marrowbeck site visit",
        "Site visit\n\nThe weir at Oughtibridge was surveyed on foot.\n\nGrid reference SK 307 934.\n\n\
         1. Check the datum.\n2. Photograph the gauge.\n\n- Bring a spare battery.\n\n\
         Gauge: Upstream; Reading: 1.42; Unit: m",
    );
    check(
        "field-guide.epub",
        "Field guide & notes",
        "Loggers\n\nLower the logger slowly.\n\nMeters\n\nRinse the meter with clean water.",
    );
    check(
        "memo.rtf",
        "Memo to depots",
        "Winter hours\n\nThe Berlin office is led by Šárka Nová; a visit costs €40. \
         Details are on the notice board.\n\nDepot: Leeds; Opens: 07:00; Closes: 16:00",
    );
}

#[test]
fn encrypted_documents_are_refused_as_what_they_are() {
    for (name, stream) in [
        ("docx", "/EncryptedPackage"),
        ("xlsx", "/EncryptedPackage"),
        ("pptx", "/EncryptedPackage"),
    ] {
        let message = format!("the {} document is encrypted", name.to_uppercase());
        refuse(&format!("a.{name}"), compound(stream), &message);
    }
    let manifest =
        b"<m:manifest xmlns:m='u'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>";
    for name in ["site-visit.odt", "hire-rates.ods"] {
        let locked = repacked(file(name), &[("META-INF/manifest.xml", manifest)]);
        refuse(name, locked, "document is encrypted");
    }
    let rights =
        |method: &str| format!("<encryption><EncryptionMethod Algorithm='{method}'/></encryption>");
    let book = |method: &str| {
        let rights = rights(method);
        repacked(
            file("field-guide.epub"),
            &[("META-INF/encryption.xml", rights.as_bytes())],
        )
    };
    refuse(
        "a.epub",
        book("http://www.w3.org/2001/04/xmlenc#aes256-cbc"),
        "EPUB document is encrypted",
    );
    let fonts = book("http://www.idpf.org/2008/embedding");
    assert!(parse(&source("a.epub", fonts), &LIMITS).is_ok());
}

#[test]
fn damaged_and_unknown_containers_are_refused() {
    for (name, bytes) in FILES.iter().filter(|(name, _)| !name.ends_with("rtf")) {
        let half = bytes.split_at(bytes.len() / 2).0;
        refuse(name, half, "document is damaged");
    }
    for (name, stream) in [
        ("a.doc", "/WordDocument"),
        ("a.ppt", "/PowerPoint Document"),
        ("a.xls", "/Workbook"),
    ] {
        refuse(name, compound(stream), "document is damaged");
    }
    refuse(
        "a.msg",
        compound("/__properties_version1.0"),
        "application/vnd.ms-outlook",
    );
    let drawing = b"application/vnd.oasis.opendocument.graphics";
    let drawing = repacked(file("site-visit.odt"), &[("mimetype", drawing)]);
    refuse(
        "a.odt",
        drawing,
        "application/vnd.oasis.opendocument.graphics",
    );
}

#[test]
fn every_packed_format_is_measured_before_it_is_read() {
    let large = vec![b' '; 8 << 20];
    let deep = ["<a>".repeat(400), "</a>".repeat(400)].concat();
    for (name, bytes) in FILES.iter().filter(|(_, bytes)| bytes.starts_with(b"PK")) {
        let bomb = repacked(bytes, &[("bomb.bin", &large)]);
        refuse(name, bomb, "unpacked content is over the limit");
        let deep = repacked(bytes, &[("deep.xml", deep.as_bytes())]);
        refuse(name, deep, "nested more than 256 deep");
    }
}

#[test]
fn two_thousand_nested_tables_took_ten_seconds() {
    let nested = |depth: usize| {
        let open = "<w:tbl><w:tr><w:tc>".repeat(depth);
        let close = "</w:tc></w:tr></w:tbl>".repeat(depth);
        word(&format!(
            "{open}<w:p><w:r><w:t>deep</w:t></w:r></w:p>{close}"
        ))
    };
    let start = Instant::now();
    refuse("a.docx", nested(2_000), "nested more than 256 deep");
    assert!(start.elapsed() < Duration::from_secs(2));
    let read = parse(&source("a.docx", nested(60)), &LIMITS).map(|document| document.text);
    assert_eq!(read.as_deref(), Ok("deep"));
}

#[test]
fn a_span_over_all_columns_is_not_laid_out() {
    let spans = r#"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"#;
    let read = parse(&source("a.docx", word(spans)), &LIMITS).map(|document| document.text);
    assert_eq!(read.as_deref(), Ok("wide"));
}

#[test]
fn cells_that_repeat_one_text_are_bounded_by_what_they_come_to() {
    let text = "water ".repeat(1_000);
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(1_000);
    let sheet = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
    let strings = format!("<sst><si><t>{text}</t></si></sst>");
    let links = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet3.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    let book = repacked(
        file("price-list.xlsx"),
        &[
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/_rels/workbook.xml.rels", links),
        ],
    );
    refuse("a.xlsx", book, "text is over the limit of 100000");
    let row = "<table:table-row table:number-rows-repeated='1000000'><table:table-cell table:number-columns-repeated='16384'><text:p>x</text:p></table:table-cell></table:table-row>";
    let sheets =
        format!("<office:body><table:table table:name='T'>{row}</table:table></office:body>");
    let book = repacked(
        file("hire-rates.ods"),
        &[("content.xml", sheets.as_bytes())],
    );
    refuse("a.ods", book, "text is over the limit of 100000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_damage_crashes_a_reader(file in 0..FILES.len(), at in 0.0..1.0f64, noise in prop::collection::vec(any::<u8>(), 1..8)) {
        let (name, bytes) = FILES[file];
        let mut bytes = bytes.to_vec();
        let at = (bytes.len() as f64 * at) as usize;
        let end = (at + noise.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&noise[..end - at]);
        if let Ok(document) = parse(&source(name, bytes), &LIMITS) {
            prop_assert!(!document.text.is_empty());
        }
    }
}
