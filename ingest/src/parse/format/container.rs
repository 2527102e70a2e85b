//! What a ZIP archive or an OLE compound file holds, told from its directory: office formats
//! share these two containers, and the name of a file is no proof of what is in it.

use std::io::{Cursor, Read};

use super::Format;
use super::sniff::{extension, unsupported};
use crate::parse::ParseError;
use crate::source::Source;

/// First bytes of an OLE compound file: old Office documents and encrypted new ones.
pub(super) const OLE_SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

type Archive<'a> = zip::ZipArchive<Cursor<&'a [u8]>>;

/// The format of a ZIP archive, by the members it has.
pub(super) fn in_zip(source: &Source) -> Result<Format, ParseError> {
    let mut archive = Archive::new(Cursor::new(&source.bytes)).map_err(|error| {
        match packed(&extension(source)) {
            Some(format) => ParseError::Corrupt {
                format,
                detail: error.to_string(),
            },
            None => unsupported(source),
        }
    })?;
    if let Some(media_type) = declared(&mut archive) {
        return by_media_type(&media_type).ok_or(ParseError::Unsupported {
            detected: media_type,
        });
    }
    let has = |start: &str| {
        let mut names = archive.file_names().flatten();
        names.any(|name| name.starts_with(start))
    };
    let known = [
        ("word/", Format::Docx),
        ("ppt/", Format::Pptx),
        ("xl/workbook.xml", Format::Xlsx),
        ("META-INF/container.xml", Format::Epub),
    ];
    let found = known.into_iter().find(|(start, _)| has(start));
    match found {
        Some((_, format)) => Ok(format),
        None if has("xl/workbook.bin") => Err(ParseError::Unsupported {
            detected: "application/vnd.ms-excel.sheet.binary.macroenabled.12".to_owned(),
        }),
        None => Err(unsupported(source)),
    }
}

/// The formats that are ZIP archives, by extension.
pub(super) fn packed(extension: &str) -> Option<Format> {
    match extension {
        "docx" | "docm" | "dotx" => Some(Format::Docx),
        "pptx" | "pptm" | "ppsx" | "potx" => Some(Format::Pptx),
        "xlsx" | "xlsm" | "xltx" => Some(Format::Xlsx),
        "odt" | "ott" => Some(Format::Odt),
        "ods" | "ots" => Some(Format::Ods),
        "epub" => Some(Format::Epub),
        _ => None,
    }
}

/// The formats that are OLE compound files, by extension.
pub(super) fn compound(extension: &str) -> Option<Format> {
    match extension {
        "doc" | "dot" => Some(Format::Doc),
        "xls" | "xlt" => Some(Format::Xls),
        "ppt" | "pps" | "pot" => Some(Format::Ppt),
        _ => None,
    }
}

/// What the member `mimetype` says, which OpenDocument and EPUB packages have.
fn declared(archive: &mut Archive<'_>) -> Option<String> {
    let member = archive.by_name("mimetype").ok()?;
    let mut text = String::new();
    let read = member.take(MAX_MEDIA_TYPE_BYTES).read_to_string(&mut text);
    read.ok().map(|_| text.trim().to_owned())
}

const MAX_MEDIA_TYPE_BYTES: u64 = 128;

fn by_media_type(media_type: &str) -> Option<Format> {
    let plain = media_type.strip_suffix("-template").unwrap_or(media_type);
    let all = [Format::Odt, Format::Ods, Format::Epub];
    all.into_iter().find(|format| format.media_type() == plain)
}

/// The format of an OLE compound file, by the streams it has.
pub(super) fn in_ole(source: &Source) -> Result<Format, ParseError> {
    let extension = extension(source);
    let named = compound(&extension).or_else(|| packed(&extension));
    let file =
        cfb::CompoundFile::open(Cursor::new(&source.bytes)).map_err(|error| match named {
            Some(format) => ParseError::Corrupt {
                format,
                detail: error.to_string(),
            },
            None => unsupported(source),
        })?;
    if file.is_stream("/EncryptedPackage") {
        // What is inside cannot be seen; a name that does not say it is taken for the
        // commonest.
        let format = packed(&extension).unwrap_or(Format::Docx);
        return Err(ParseError::Encrypted { format });
    }
    let known = [
        ("/WordDocument", Format::Doc),
        ("/Workbook", Format::Xls),
        ("/Book", Format::Xls),
        ("/PowerPoint Document", Format::Ppt),
    ];
    let found = known.into_iter().find(|(stream, _)| file.is_stream(stream));
    found.map(|(_, format)| format).ok_or_else(|| {
        match file.is_stream("/__properties_version1.0") {
            true => ParseError::Unsupported {
                detected: "application/vnd.ms-outlook".to_owned(),
            },
            false => unsupported(source),
        }
    })
}
