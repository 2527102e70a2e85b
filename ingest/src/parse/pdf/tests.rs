//! Small PDFs, made here, through the whole parser.

use std::path::PathBuf;

use crate::document::Document;
use crate::parse::{Limits, Ocr, ParseError, parse};
use crate::source::Source;
use weezl::{BitOrder, encode::Encoder};

const LIMITS: Limits = Limits {
    max_text_chars: 10_000,
    max_expanded_bytes: 1 << 20,
    ocr: None,
};

/// Numbers 1 to 4: catalog, page tree, one page with `extra` entries, a font with its widths.
fn objects(extra: &str) -> Vec<String> {
    vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F 4 0 R >> {extra}"
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ]
}

fn stream(dict: &str, content: &str) -> String {
    format!(
        "<< {dict} /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// A file of these objects, without a cross-reference table: every one here is repaired.
fn file(objects: &[String]) -> Vec<u8> {
    let mut out = "%PDF-1.7\n".to_owned();
    for (number, object) in (1..).zip(objects) {
        out.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    out.push_str("trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    out.chars().map(|c| c as u8).collect()
}

/// A page with `content`, `more` entries, and `objects` from number 6 on.
fn page(content: &str, more: &str, others: &[String]) -> Vec<u8> {
    let mut all = objects(&format!(">> /Contents 5 0 R {more} >>"));
    all.push(stream("", content));
    all.extend_from_slice(others);
    file(&all)
}

fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Document, ParseError> {
    let source = Source {
        uri: "a.pdf".to_owned(),
        media_type: None,
        bytes,
    };
    parse(&source, limits)
}

#[track_caller]
fn check(bytes: Vec<u8>, text: &str) -> Document {
    let document = read(bytes, &LIMITS).expect("it is read");
    assert_eq!(document.text, text);
    document
}

#[test]
fn files_without_a_cross_reference_table_are_repaired() {
    let document = check(
        page("BT /F 12 Tf 50 700 Td (Hello, world!) Tj ET", "", &[]),
        "Hello, world!",
    );
    assert_eq!(document.pages, Some(1));
    assert_eq!(document.blocks[0].page, Some(1));
}

#[test]
fn every_operator_that_shows_text_is_read() {
    let content = "BT /F 12 Tf 14 TL 50 700 Td (one) Tj T* [(t) -20 (wo) -400 (gap)] TJ (quote) ' 0 0 (double) \" ET";
    check(page(content, "", &[]), "one two gap quote double");
}

#[test]
fn operators_without_operands_cost_nothing_else() {
    check(
        page(
            "Tf cm Q Q /F 12 Tf BT 50 700 Td (still here) Tj ET Do",
            "",
            &[],
        ),
        "still here",
    );
}

#[test]
fn right_to_left_text_is_in_reading_order() {
    let map = "1 begincodespacerange <00> <ff> endcodespacerange 4 beginbfchar <01> <05dd> <02> <05d5> \
        <03> <05dc> <04> <05e9> endbfchar";
    let font = "<< /Type /Font /Subtype /TrueType /BaseFont /X /FirstChar 1 /Widths [500 500 500 500] /ToUnicode 7 0 R >>";
    let mut all = objects("/XX 0 >> /Contents 5 0 R >>");
    all[2] = all[2].replace("4 0 R", "6 0 R");
    all.push(stream("", "BT /F 10 Tf 50 700 Td <01020304> Tj ET"));
    all.push(font.to_owned());
    all.push(stream("", map));
    check(file(&all), "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
}

#[test]
fn fields_and_notes_are_read() {
    let others = [
        "<< /Subtype /Widget /FT /Tx /TU (Name) /V (Ada) >>",
        "<< /Subtype /Widget /FT /Ch /V (de) /Opt [[(en) (English)] [(de) (German)]] >>",
        "<< /Subtype /FreeText /Contents (Look here) >>",
        "<< /Subtype /FreeText /F 2 /Contents (hidden) >>",
        "<< /Subtype /Stamp /AP << /N 11 0 R >> >>",
    ];
    let mut others: Vec<String> = others.map(str::to_owned).to_vec();
    others.push(stream(
        "/Subtype /Form",
        "BT /F 12 Tf 0 0 Td (Approved) Tj ET",
    ));
    let pdf = page("", "/Annots [6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]", &others);
    check(pdf, "Name: Ada\n\nGerman\n\nLook here\n\nApproved");
}

/// Forms without a subtype that draw each other used to overflow the stack.
#[test]
fn forms_in_a_circle_end() {
    let mut all = objects("/XObject << /A 6 0 R >> >> /Contents 5 0 R >>");
    all.push(stream("", "BT /F 12 Tf 50 700 Td (before) Tj ET /A Do"));
    all.push(stream(
        "/Resources << /XObject << /B 7 0 R >> >>",
        "/B Do /B Do",
    ));
    all.push(stream("/Resources << /XObject << /A 6 0 R >> >>", "/A Do "));
    check(file(&all), "before");
}

#[test]
fn forms_are_drawn_where_their_matrix_says() {
    let mut all = objects("/XObject << /A 6 0 R >> >> /Contents 5 0 R >>");
    all.push(stream("", "/A Do BT /F 12 Tf 50 600 Td (below) Tj ET"));
    all.push(stream(
        "/Subtype /Form /Matrix [1 0 0 1 0 700]",
        "BT /F 12 Tf 50 0 Td (above) Tj ET",
    ));
    check(file(&all), "above below");
}

#[test]
fn a_damaged_page_costs_only_itself() {
    let mut all = objects(">> /Contents 5 0 R >>");
    all[1] = "<< /Type /Pages /Kids [6 0 R 3 0 R] /Count 2 >>".to_owned();
    all.push(stream("", "BT /F 12 Tf 50 700 Td (second) Tj ET"));
    all.push(all[2].replace("5 0 R", "7 0 R"));
    all.push(stream("/Filter /FlateDecode", "not deflated"));
    let document = check(file(&all), "second");
    assert_eq!(document.blocks[0].page, Some(2));
    assert_eq!(document.warnings, ["page 1 could not be read completely"]);
}

/// A stream is measured by what it unpacks to, not by the worst its filter could do.
#[test]
fn lzw_content_is_read_as_far_as_the_limit() {
    let lzw = |text: &str| {
        let packed = Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(text.as_bytes());
        let packed = packed.expect("it is packed");
        packed
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let pdf = |text: &str| {
        let mut all = objects(">> /Contents 5 0 R >>");
        all.push(stream("/Filter [/ASCIIHexDecode /LZWDecode]", &lzw(text)));
        file(&all)
    };
    let text = "BT /F 12 Tf 50 700 Td (packed long ago) Tj ET ";
    let noise: String = (0..20_000u32)
        .map(|n| format!("{} w ", n.wrapping_mul(2_654_435_761)))
        .collect();
    check(pdf(&format!("{text}{noise}")), "packed long ago");
    let error = read(pdf(&" ".repeat(2 << 20)), &LIMITS).expect_err("it is too large");
    assert!(matches!(error, ParseError::TooLarge { .. }), "{error}");
}

/// Content packed as a picture, as in `bomb_giant.pdf`: not unpacked at all.
#[test]
fn content_packed_as_a_picture_is_left_out() {
    let mut all = objects(">> /Contents [5 0 R 6 0 R] >>");
    all.push(stream("", "BT /F 12 Tf 50 700 Td (seen) Tj ET"));
    all.push(stream("/Filter /JBIG2Decode", "xx"));
    let document = check(file(&all), "seen");
    assert_eq!(document.warnings, ["page 1 could not be read completely"]);
}

#[test]
fn attached_documents_follow_the_cover() {
    let inner: String = page("BT /F 12 Tf 50 700 Td (inside) Tj ET", "", &[])
        .into_iter()
        .map(char::from)
        .collect();
    let mut all = objects(">> /Contents 5 0 R >>");
    all[0] = "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a) 6 0 R (b) 8 0 R] >> >> >>".to_owned();
    all.push(stream("", "BT /F 12 Tf 50 700 Td (cover) Tj ET"));
    // In hexadecimal, so that repair does not take its objects for the outer file's.
    let hex: String = inner.bytes().map(|byte| format!("{byte:02x}")).collect();
    all.push("<< /F (a.pdf) /EF << /F 7 0 R >> >>".to_owned());
    all.push(stream("/Filter /ASCIIHexDecode", &hex));
    all.push("<< /F (b.zip) /EF << /F 9 0 R >> >>".to_owned());
    all.push(stream("", "PK"));
    let document = check(file(&all), "cover\n\na.pdf\n\ninside");
    assert_eq!(
        document.warnings,
        [
            "the attached file `a.pdf` is part of the text",
            "the attached file `b.zip` was not read"
        ]
    );
}

/// A page that is only a picture of `width` times 100 white pixels.
fn scan() -> Vec<u8> {
    let mut all = objects("/XObject << /A 6 0 R >> >> /Contents 5 0 R >>");
    all.push(stream("", "/A Do"));
    let dict = "/Subtype /Image /Width 200 /Height 100 /BitsPerComponent 8 /ColorSpace /DeviceGray";
    all.push(stream(dict, &"~".repeat(20_000)));
    file(&all)
}

#[test]
fn a_scan_is_refused_with_the_way_to_read_it() {
    let error = read(scan(), &LIMITS).expect_err("it has no text");
    assert!(matches!(error, ParseError::NoText { .. }), "{error}");
    assert!(
        error.hint().contains("ingest.ocr = \"tesseract\""),
        "{}",
        error.hint()
    );
}

#[test]
fn what_ocr_reads_is_on_its_page() {
    let Some(limits) = with_ocr() else { return };
    let file = std::env::var_os("FOOTNOTE_SHARED_DATA").map(PathBuf::from);
    let file = file
        .map(|data| data.join("messy_docs/files/testOCR.pdf"))
        .filter(|file| file.exists());
    let Some(file) = file else {
        return eprintln!("skipped: FOOTNOTE_SHARED_DATA does not lead to testOCR.pdf");
    };
    let document = read(std::fs::read(file).expect("it can be read"), &limits).expect("it is read");
    assert!(
        document.text.contains("Happy New Year 2003!"),
        "{}",
        document.text
    );
    assert_eq!(document.blocks[0].page, Some(1));
    assert_eq!(
        document.warnings,
        ["page 1 read by OCR: letters may be wrong"]
    );
}

#[test]
fn ocr_that_fails_is_named() {
    let mut limits = LIMITS;
    limits.ocr = Some(Ocr {
        program: "/no/such/program".into(),
        languages: "eng".to_owned(),
        max_pages: 9,
        page_timeout_seconds: 9,
    });
    let error = read(scan(), &limits).expect_err("it has no text");
    assert!(matches!(error, ParseError::NoText { .. }), "{error}");
}

/// Limits with OCR, if a program for it is installed.
fn with_ocr() -> Option<Limits> {
    let known = std::process::Command::new("tesseract")
        .arg("--version")
        .output();
    if known.is_err() {
        eprintln!("skipped: `tesseract` is not installed");
        return None;
    }
    let ocr = Ocr {
        program: "tesseract".into(),
        languages: "eng".to_owned(),
        max_pages: 5,
        page_timeout_seconds: 60,
    };
    Some(Limits {
        ocr: Some(ocr),
        max_expanded_bytes: 256 << 20,
        ..LIMITS
    })
}
