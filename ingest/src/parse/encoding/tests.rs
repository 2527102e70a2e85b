//! Encodings told by mark, claim, markup or guess, and what is refused.

use super::*;

fn decoded(uri_type: Option<&str>, bytes: &[u8], format: Format) -> Result<Decoded, ParseError> {
    let source = Source {
        uri: "x".to_owned(),
        media_type: uri_type.map(str::to_owned),
        bytes: bytes.to_vec(),
    };
    decode(&source, format)
}

#[track_caller]
fn check(claim: Option<&str>, bytes: &[u8], format: Format, expected: &str) {
    let text = decoded(claim, bytes, format).map(|d| d.text);
    assert_eq!(text.as_deref(), Ok(expected));
}

fn in_encoding(label: &str, text: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(label.as_bytes()).expect("a known label");
    encoding.encode(text).0.into_owned()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn common_encodings_are_told_apart_without_a_label() {
    let long = |text: &str| text.repeat(3);
    for (label, text) in [
        (
            "windows-1252",
            long("Wir können die Größe prüfen, schöne Grüße aus München. "),
        ),
        (
            "windows-1251",
            long("Съешь ещё этих мягких французских булок, да выпей чаю. "),
        ),
        (
            "shift_jis",
            long("日本語の文章です。これはテストです。カタカナもあります。"),
        ),
        (
            "euc-jp",
            long("日本語の文章です。これはテストです。カタカナもあります。"),
        ),
        (
            "euc-kr",
            long("한국어 문장입니다. 이것은 시험입니다. 감사합니다. "),
        ),
        (
            "gb18030",
            long("这是一个中文句子，用来测试编码检测。谢谢大家的帮助。"),
        ),
        (
            "big5",
            long("這是一個中文句子，用來測試編碼檢測。謝謝大家的幫助。"),
        ),
        (
            "windows-1255",
            long("שלום לכולם, זהו משפט בעברית כדי לבדוק את הקידוד. "),
        ),
    ] {
        let decoded = decoded(None, &in_encoding(label, &text), Format::PlainText);
        let decoded = decoded.unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!(decoded.text, text, "{label}");
        assert!(decoded.warning.is_some(), "{label} was a guess");
    }
}

#[test]
fn short_latin1_is_read_with_a_warning() {
    check(None, b"k\xf6nnen", Format::PlainText, "können");
    let warning = decoded(None, b"k\xf6nnen", Format::PlainText).map(|d| d.warning);
    let warning = warning.ok().flatten().unwrap_or_default();
    assert!(warning.contains("windows-125"), "{warning}");
}

#[test]
fn utf16_is_read_with_and_without_a_mark() {
    check(None, b"\xff\xfeh\0i\0", Format::PlainText, "hi");
    check(None, b"\xfe\xff\0h\0i", Format::PlainText, "hi");
    let text = "Zwölf Boxkämpfer jagen Viktor über den Deich.";
    for bytes in [utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)] {
        assert!(!looks_binary(&bytes));
        check(None, &bytes, Format::PlainText, text);
    }
    assert!(looks_binary(b"h\0i\0") && looks_binary(b"\xff\xfe\0\0h\0\0\0i\0\0\0"));
    assert!(!looks_binary(b"\xff\xfeh\0i\0") && !looks_binary(b"k\xf6nnen"));
}

#[test]
fn a_mark_beats_a_claim_and_a_claim_beats_the_markup() {
    let page = "<meta charset=utf-8>é";
    let marked = [&[0xff, 0xfe][..], &utf16(page, u16::to_le_bytes)].concat();
    check(
        Some("text/html; charset=koi8-r"),
        &marked,
        Format::Html,
        page,
    );
    let page = "<meta charset=windows-1252>ж";
    let bytes = in_encoding("windows-1251", page);
    check(
        Some("text/html; charset=\"Windows-1251\""),
        &bytes,
        Format::Html,
        page,
    );
}

#[test]
fn markup_names_its_encoding() {
    let page = "<!-- <meta charset=koi8-r> --><meta http-equiv=x content='text/html; charset=ISO-8859-6'>مرحبا";
    check(None, &in_encoding("iso-8859-6", page), Format::Html, page);
    let page = "<?xml version='1.0' encoding='windows-1251'?><a>ж</a>";
    check(None, &in_encoding("windows-1251", page), Format::Html, page);
    check(
        None,
        b"<meta charset=utf-16>x",
        Format::Html,
        "<meta charset=utf-16>x",
    );
}

#[test]
fn a_wrong_claim_is_not_believed() {
    check(
        Some("text/plain; charset=utf-8"),
        b"k\xf6nnen",
        Format::PlainText,
        "können",
    );
}

#[test]
fn one_damaged_byte_does_not_change_the_rest() {
    let bytes = ["äöü".repeat(50).as_bytes(), b"\xff"].concat();
    let decoded = decoded(None, &bytes, Format::PlainText).expect("it is read");
    assert!(decoded.text.starts_with("äöü") && decoded.text.ends_with('\u{fffd}'));
    let warning = decoded.warning.unwrap_or_default();
    assert_eq!(warning, "characters that could not be decoded as UTF-8: 1");
}

#[test]
fn what_is_no_text_is_refused() {
    let ebcdic: Vec<u8> = b"\xc9\x95\xa3\x85\x93\x93\x89@".repeat(20);
    let refused = decoded(None, &ebcdic, Format::PlainText).map(|d| d.text);
    assert!(matches!(refused, Err(ParseError::Corrupt { .. })));
}
