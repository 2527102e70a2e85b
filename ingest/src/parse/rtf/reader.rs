//! The state of reading an RTF file: what the control words have set so far, group by group,
//! and the paragraph that is growing.

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::token::Token;
use crate::parse::canonical::{Draft, RawBlock};
use crate::parse::{Format, ParseError};

/// Where the text of a group goes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Destination {
    Body,
    /// The marker of a list item.
    Marker,
    Note,
    Title,
    Fonts,
    Styles,
    /// Nowhere: settings, pictures, page furniture.
    Nowhere,
}

/// What a group sets; it holds until the group ends.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) destination: Destination,
    pub(super) encoding: &'static Encoding,
    /// How many characters stand behind a `\u` for readers that do not know it.
    pub(super) fallbacks: usize,
    pub(super) hidden: bool,
    pub(super) struck: bool,
}

pub(super) struct Reader {
    pub(super) groups: Vec<Group>,
    pub(super) encoding: &'static Encoding,
    pub(super) default_font: i32,
    pub(super) fonts: HashMap<i32, &'static Encoding>,
    pub(super) font: i32,
    /// Heading levels by style.
    pub(super) levels: HashMap<i32, u8>,
    pub(super) style: i32,
    pub(super) style_name: String,
    pub(super) level: Option<u8>,
    pub(super) in_table: bool,
    /// True right behind `\*`: a destination that is not known is passed over.
    pub(super) ignorable: bool,
    /// Characters still to be passed over behind a `\u`.
    pub(super) skip: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) units: Vec<u16>,
    pub(super) text: String,
    pub(super) marker: String,
    pub(super) title: String,
    pub(super) note: String,
    pub(super) notes: Vec<String>,
    pub(super) row: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) blocks: Vec<RawBlock>,
    pub(super) struck: bool,
}

/// No program nests deeper; each level costs memory.
const MAX_GROUPS: usize = 10_000;

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            groups: Vec::new(),
            encoding: WINDOWS_1252,
            default_font: 0,
            fonts: HashMap::new(),
            font: 0,
            levels: HashMap::new(),
            style: 0,
            style_name: String::new(),
            level: None,
            in_table: false,
            ignorable: false,
            skip: 0,
            bytes: Vec::new(),
            units: Vec::new(),
            text: String::new(),
            marker: String::new(),
            title: String::new(),
            note: String::new(),
            notes: Vec::new(),
            row: Vec::new(),
            rows: Vec::new(),
            blocks: Vec::new(),
            struck: false,
        }
    }

    /// Reads one token; false once the document has ended.
    pub(super) fn take(&mut self, token: Token<'_>) -> Result<bool, ParseError> {
        if let Token::Byte(byte) = token {
            self.byte(byte);
            return Ok(true);
        }
        if !matches!(token, Token::Word("u", _)) {
            self.flush_units();
        }
        self.flush_bytes();
        match token {
            Token::Open => self.open()?,
            Token::Close => return Ok(self.close()),
            Token::Symbol(b'*') => self.ignorable = true,
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Word(word, number) => self.word(word, number),
            Token::Byte(_) => {}
        }
        Ok(true)
    }

    fn open(&mut self) -> Result<(), ParseError> {
        self.skip = 0;
        if self.groups.len() == MAX_GROUPS {
            return Err(ParseError::Corrupt {
                format: Format::Rtf,
                detail: format!("its groups are nested more than {MAX_GROUPS} deep"),
            });
        }
        let outside = Group {
            destination: Destination::Body,
            encoding: self.encoding,
            fallbacks: 1,
            hidden: false,
            struck: false,
        };
        self.groups
            .push(self.groups.last().copied().unwrap_or(outside));
        Ok(())
    }

    fn close(&mut self) -> bool {
        self.skip = 0;
        self.ignorable = false;
        let ended = self.groups.pop().map(|group| group.destination);
        let now = self.groups.last().map(|group| group.destination);
        if ended == Some(Destination::Note) && now != ended {
            self.notes.push(std::mem::take(&mut self.note));
        }
        !self.groups.is_empty()
    }

    /// The document's blocks and title.
    pub(super) fn into_draft(self) -> Draft {
        let mut reader = self;
        reader.flush_units();
        reader.flush_bytes();
        reader.in_table = false;
        reader.end_paragraph();
        reader.end_table();
        let warning = reader
            .struck
            .then(|| "struck-out text was left out".to_owned());
        Draft {
            title: Some(reader.title).filter(|title| !title.trim().is_empty()),
            blocks: reader.blocks,
            warnings: warning.into_iter().collect(),
            ..Draft::default()
        }
    }

    pub(super) fn destination(&self) -> Destination {
        let group = self.groups.last();
        group.map_or(Destination::Nowhere, |group| group.destination)
    }

    pub(super) fn group(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.ignorable = false;
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.flush_units();
        self.bytes.push(byte);
    }

    /// Decodes the bytes since the last control word, all in one code page.
    fn flush_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let encoding = self
            .groups
            .last()
            .map_or(self.encoding, |group| group.encoding);
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        self.push(&text);
    }

    pub(super) fn flush_units(&mut self) {
        if !self.units.is_empty() {
            let units = std::mem::take(&mut self.units);
            self.push(&String::from_utf16_lossy(&units));
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        let Some(group) = self.groups.last().copied() else {
            return;
        };
        match group.destination {
            Destination::Nowhere => {}
            Destination::Fonts => {}
            Destination::Styles => self.name_style(text),
            Destination::Title => self.title.push_str(text),
            Destination::Marker => self.marker.push_str(text),
            _ if group.hidden => {}
            _ if group.struck => self.struck |= !text.trim().is_empty(),
            Destination::Note => self.note.push_str(text),
            Destination::Body => self.text.push_str(text),
        }
    }

    /// The name of a style tells whether it is a heading; it ends with a semicolon.
    fn name_style(&mut self, text: &str) {
        self.style_name.push_str(text);
        if !text.ends_with(';') {
            return;
        }
        let name = std::mem::take(&mut self.style_name).to_lowercase();
        let level = name.trim_end_matches(';').trim().strip_prefix("heading ");
        if let Some(level) = level.and_then(|level| level.parse::<u8>().ok()) {
            self.levels.insert(self.style, level.clamp(1, 6));
        }
    }
}
