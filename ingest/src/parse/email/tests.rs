//! Messages as they come: bodies in several forms, attachments, messages inside messages.

use super::*;

const LIMITS: Limits = Limits {
    max_text_chars: 10_000,
    max_expanded_bytes: 1 << 20,
    ocr: None,
};

fn mail(source: &str) -> Result<Draft, ParseError> {
    read(source.replace('\n', "\r\n").as_bytes(), &LIMITS, 0)
}

#[track_caller]
fn check(source: &str, expected: &[&str]) -> Vec<String> {
    let draft = mail(source).unwrap_or_default();
    let got: Vec<_> = draft.blocks.iter().map(|b| b.text.trim()).collect();
    assert_eq!(got, expected);
    draft.warnings
}

#[test]
fn the_header_comes_first_and_names_the_document() {
    let source = "From: =?utf-8?q?J=C3=B6rg?= <j@x.org>\nTo: a@x.org, b@x.org\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\n\
        Date: Wed, 16 Jul 2008 06:24:10 +0000\nX-Spam: no\nContent-Type: text/plain; charset=windows-1252\n\
        Content-Transfer-Encoding: quoted-printable\n\nSch=F6n.\n";
    let header =
        "From: Jörg <j@x.org>\nTo: a@x.org, b@x.org\nDate: 2008-07-16T06:24:10Z\nSubject: Grüße";
    check(source, &[header, "Schön."]);
    assert_eq!(
        mail(source).map(|draft| draft.title),
        Ok(Some("Grüße".to_owned()))
    );
}

#[test]
fn plain_text_is_preferred_and_html_is_read_where_it_is_all() {
    let part = |kind: &str, body: &str| format!("--b\nContent-Type: text/{kind}\n\n{body}\n");
    let head = "Subject: s\nContent-Type: multipart/alternative; boundary=b\n\n";
    let both = format!(
        "{head}{}{}--b--\n",
        part("plain", "Plain."),
        part("html", "<p>Rich.</p>")
    );
    check(&both, &["Subject: s", "Plain."]);
    let html = "Subject: s\nContent-Type: text/html\n\n<h1>H</h1><p>Rich &amp; more.</p>";
    check(html, &["Subject: s", "H", "Rich & more."]);
}

#[test]
fn attachments_are_read_by_their_own_parsers() {
    let source = "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBody.\n\
        --b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"rates.csv\"\n\nplace,day\nLeeds,45\n\
        --b\nContent-Type: application/octet-stream; name=notes.md\nContent-Transfer-Encoding: base64\n\nIyBUb3AKCldvcmRzLgo=\n\
        --b\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\nUEsDBAAAAAA=\n--b--\n";
    let warnings = check(
        source,
        &[
            "Subject: s",
            "Body.",
            "rates.csv",
            "place: Leeds; day: 45",
            "notes.md",
            "Top",
            "Words.",
        ],
    );
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings
            .iter()
            .all(|w| w.starts_with("the attachment `a.zip` was left out"))
    );
}

#[test]
fn messages_inside_a_digest_are_read() {
    let inner = |name: &str| {
        format!(
            "--b\nContent-Type: message/rfc822\n\nFrom: {name}@x.org\nSubject: {name}\n\nI am {name}.\n\n"
        )
    };
    let head = "Subject: s\nContent-Type: multipart/digest; boundary=b\n\n";
    let source = format!("{head}{}{}--b--\n", inner("one"), inner("two"));
    let expected = [
        "Subject: s",
        "one",
        "From: one@x.org\nSubject: one",
        "I am one.",
        "two",
        "From: two@x.org\nSubject: two",
        "I am two.",
    ];
    check(&source, &expected);
}

#[test]
fn an_encrypted_message_is_refused() {
    let source = "From: a@x.org\nContent-Type: multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"\n\n\
        --b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n";
    let format = Format::Email;
    assert_eq!(
        mail(source).map(|_| ()),
        Err(ParseError::Encrypted { format })
    );
}

#[test]
fn text_without_a_charset_is_decoded_all_the_same() {
    let source = b"Subject: s\r\n\r\nSch\xf6ne Gr\xfc\xdfe aus M\xfcnchen.\r\n";
    let draft = read(source, &LIMITS, 0).unwrap_or_default();
    let body = draft.blocks.get(1).map(|b| b.text.trim());
    assert_eq!(body, Some("Schöne Grüße aus München."));
}

#[test]
fn nesting_ends_with_a_warning() {
    let mut source = "Subject: inner\n\nDeep.".to_owned();
    for depth in 0..6 {
        source = format!("Subject: {depth}\nContent-Type: message/rfc822\n\n{source}");
    }
    let draft = mail(&source).unwrap_or_default();
    assert!(
        draft
            .warnings
            .iter()
            .any(|w| w.contains("nested more than 3 deep"))
    );
}

#[test]
fn a_mailbox_is_its_messages() {
    let source = "From a Wed Jul 16 06:24:10 2008\nSubject: one\n\nFirst.\n>From here.\n\n\
        From b Wed Jul 16 06:24:10 2008\nSubject: two\n\nSecond.\n";
    let draft = read_mailbox(source.as_bytes(), &LIMITS, 0).unwrap_or_default();
    let got: Vec<_> = draft.blocks.iter().map(|b| b.text.trim()).collect();
    let first = "First.\nFrom here.";
    assert_eq!(
        got,
        [
            "one",
            "Subject: one",
            first,
            "two",
            "Subject: two",
            "Second."
        ]
    );
}
