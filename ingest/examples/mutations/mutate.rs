//! Case `n` of a run: one file, damaged in a way that depends on the seed and on `n` alone.
//! Archives are mostly damaged inside, and packed again, so that what is broken reaches the
//! parser of the member and not only the reader of the archive.

use std::io::{Cursor, Read, Write};

use footnote_ingest::source::Source;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::rng::Rng;

/// Largest case: damage may repeat things.
const MAX_BYTES: usize = 4 << 20;

/// What lengths, counts, markup and text are made to say.
const MAGIC: [&[u8]; 28] = [
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\x00\x00\x00\x00",
    b"\xff\xff",
    b"\x00\x80",
    b"\x7f",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\xcc\x81\xcc\x81\xcc\x81",
    b"\xf0\x9f\x98",
    b"4294967295",
    b"-9223372036854775808",
    b"1e999",
    b"<",
    b"</",
    b"<![CDATA[",
    b"<!--",
    b"&#x110000;",
    b"]]>",
    b"{\"a\":[",
    b"\\u\\bin99999999 ",
    b"\n\n",
    b"\r\n--",
    b"```\n",
    b"|",
];

/// Endings a file may suddenly have.
const EXTENSIONS: [&str; 18] = [
    "adoc", "csv", "docx", "eml", "epub", "html", "ipynb", "json", "jsonl", "mbox", "md", "ods",
    "pdf", "pptx", "rst", "rtf", "txt", "xml",
];

/// Case `n` of the run with `seed`, and the name of the file it was made from.
pub(crate) fn case(files: &[Source], seed: u64, n: usize) -> (String, Source) {
    let mut rng = Rng::new(seed ^ (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let file = &files[n % files.len()];
    let other = &files[rng.below(files.len())].bytes;
    let inside = file.bytes.starts_with(b"PK") && rng.below(4) > 0;
    let packed = inside
        .then(|| repacked(&file.bytes, other, &mut rng))
        .flatten();
    let bytes = packed.unwrap_or_else(|| damaged(&file.bytes, other, &mut rng));
    let mut uri = file.uri.clone();
    if rng.below(12) == 0 {
        uri = format!("{uri}.{}", EXTENSIONS[rng.below(EXTENSIONS.len())]);
    }
    let source = Source {
        uri,
        media_type: None,
        bytes,
    };
    (file.uri.clone(), source)
}

/// The archive with one to three members damaged; none where it is no archive.
fn repacked(bytes: &[u8], other: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let part = archive.by_index(at).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        part.take(MAX_BYTES as u64).read_to_end(&mut content).ok()?;
        members.push((name, content));
    }
    for _ in 0..=rng.below(3) {
        let at = rng.below(members.len());
        let (_, content) = members.get_mut(at)?;
        *content = damaged(content, other, rng);
    }
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        out.start_file(name, SimpleFileOptions::default()).ok()?;
        out.write_all(&content).ok()?;
    }
    Some(out.finish().ok()?.into_inner())
}

/// `bytes` after one to eight mishaps, mostly few.
fn damaged(bytes: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mishaps = 1 + rng.below(8);
    for _ in 0..=rng.below(mishaps) {
        mishap(&mut bytes, other, rng);
        bytes.truncate(MAX_BYTES);
    }
    bytes
}

fn mishap(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let len = bytes.len();
    let at = rng.below(len + 1);
    let block = at..(at + rng.size(len)).min(len);
    match rng.below(16) {
        0..=2 => change(bytes, at, |byte| byte ^ (1 << (len % 8))),
        3..=5 => {
            let value = rng.below(256) as u8;
            change(bytes, at, |_| value);
        }
        6 | 7 => drop(bytes.splice(at..at, MAGIC[rng.below(MAGIC.len())].to_vec())),
        8 | 9 => {
            let magic = MAGIC[rng.below(MAGIC.len())];
            let end = (at + magic.len()).min(len);
            drop(bytes.splice(at..end, magic.to_vec()));
        }
        10 if rng.below(3) == 0 => bytes.truncate(at),
        10 | 11 => drop(bytes.drain(block)),
        12 => swap(bytes, block, rng),
        13 => stutter(bytes, block, rng),
        14 => splice(bytes, at, other, rng),
        _ => number(bytes, at, rng),
    }
}

fn change(bytes: &mut [u8], at: usize, to: impl Fn(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = to(*byte);
    }
}

/// Moves a block elsewhere.
fn swap(bytes: &mut Vec<u8>, block: std::ops::Range<usize>, rng: &mut Rng) {
    let moved: Vec<u8> = bytes.drain(block).collect();
    let to = rng.below(bytes.len() + 1);
    drop(bytes.splice(to..to, moved));
}

/// Says a block again, and again: nesting, long lines, many rows.
fn stutter(bytes: &mut Vec<u8>, block: std::ops::Range<usize>, rng: &mut Rng) {
    let times = 1 << rng.below(14);
    let said = bytes[block.clone()].repeat(times.min(STUTTER_BYTES / block.len().max(1)));
    drop(bytes.splice(block.end..block.end, said));
}

const STUTTER_BYTES: usize = 512 << 10;

/// A stretch of another file.
fn splice(bytes: &mut Vec<u8>, at: usize, other: &[u8], rng: &mut Rng) {
    let from = rng.below(other.len() + 1);
    let to = (from + rng.size(other.len())).min(other.len());
    drop(bytes.splice(at..at, other[from..to].to_vec()));
}

/// The next number after `at` becomes another.
fn number(bytes: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let start = at + start;
    let digits = bytes[start..].iter().take_while(|b| b.is_ascii_digit());
    let end = start + digits.count();
    let numbers = [
        "0",
        "-1",
        "65536",
        "99999999",
        "4294967295",
        "1e308",
        "999999999999999999999",
    ];
    let other = numbers[rng.below(numbers.len())];
    drop(bytes.splice(start..end, other.bytes()));
}
