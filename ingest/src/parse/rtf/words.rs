//! What the control words of RTF mean. Those that are not here change nothing about the text.

use super::page;
use super::reader::{Destination, Reader};

/// Destinations whose text is not the document's.
const NOWHERE: [&str; 32] = [
    "colortbl",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "fldinst",
    "xe",
    "tc",
    "rxe",
    "txe",
    "listtable",
    "listoverridetable",
    "revtbl",
    "rsidtbl",
    "generator",
    "themedata",
    "datastore",
    "sp",
    "annotation",
    "atnid",
    "atnauthor",
    "nonesttables",
    "bkmkstart",
    "bkmkend",
    "upr",
];

impl Reader {
    pub(super) fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'~' => self.push("\u{a0}"),
            b'_' => self.push("-"),
            b'{' => self.push("{"),
            b'}' => self.push("}"),
            b'\\' => self.push("\\"),
            b'\r' | b'\n' => self.end_paragraph(),
            _ => {}
        }
    }

    pub(super) fn word(&mut self, word: &str, number: Option<i32>) {
        let ignorable = std::mem::take(&mut self.ignorable);
        let on = number != Some(0);
        match word {
            "u" => self.unit(number.unwrap_or(0)),
            "uc" => {
                let count = number.and_then(|count| usize::try_from(count).ok());
                self.group(|group| group.fallbacks = count.unwrap_or(1).min(16));
            }
            "ansicpg" => self.set_page(number.unwrap_or(1252)),
            "mac" => self.set_page(10_000),
            "deff" => self.default_font = number.unwrap_or(0),
            "f" => self.set_font(number.unwrap_or(0)),
            "fcharset" | "cpg" if self.destination() == Destination::Fonts => {
                let page = number.unwrap_or(0);
                let encoding = match word {
                    "cpg" => Some(page::of_code_page(page)),
                    _ => page::of_charset(page),
                };
                self.fonts
                    .extend(encoding.map(|encoding| (self.font, encoding)));
            }
            "v" => self.group(|group| group.hidden = on),
            "strike" | "striked" | "deleted" => self.group(|group| group.struck = on),
            "plain" => {
                self.set_font(self.default_font);
                self.group(|group| (group.hidden, group.struck) = (false, false));
            }
            _ if self.set_destination(word, ignorable) => {}
            _ => self.paragraph(word, number),
        }
    }

    fn unit(&mut self, number: i32) {
        // Units above 32767 are written as negative numbers.
        self.units.push(number as u16);
        self.skip = self.groups.last().map_or(1, |group| group.fallbacks);
    }

    fn set_page(&mut self, page: i32) {
        let encoding = page::of_code_page(page);
        self.encoding = encoding;
        self.group(|group| group.encoding = encoding);
    }

    fn set_font(&mut self, font: i32) {
        if self.destination() == Destination::Fonts {
            self.font = font;
            return;
        }
        let encoding = self.fonts.get(&font).copied().unwrap_or(self.encoding);
        self.group(|group| group.encoding = encoding);
    }

    /// True for a word that says where the group's text goes.
    fn set_destination(&mut self, word: &str, ignorable: bool) -> bool {
        let destination = match word {
            "fonttbl" => Destination::Fonts,
            "stylesheet" => Destination::Styles,
            "title" if self.destination() == Destination::Nowhere => Destination::Title,
            "listtext" | "pntext" => Destination::Marker,
            "footnote" => Destination::Note,
            // Text boxes are in here.
            "shpinst" => return true,
            _ if ignorable || NOWHERE.contains(&word) => Destination::Nowhere,
            _ => return false,
        };
        let nowhere = self.destination() == Destination::Nowhere;
        if !nowhere || destination == Destination::Title {
            self.group(|group| group.destination = destination);
        }
        true
    }

    fn paragraph(&mut self, word: &str, number: Option<i32>) {
        if self.destination() == Destination::Styles {
            match word {
                "s" => self.style = number.unwrap_or(0),
                "outlinelevel" => {
                    self.levels
                        .extend(level(number).map(|level| (self.style, level)));
                }
                _ => {}
            }
            return;
        }
        match word {
            "pard" => (self.level, self.in_table) = (None, false),
            "intbl" => self.in_table = true,
            "s" => self.level = self.levels.get(&number.unwrap_or(0)).copied(),
            "outlinelevel" => self.level = level(number),
            "par" | "sect" | "page" => self.end_paragraph(),
            "cell" | "nestcell" => self.end_cell(),
            "row" | "nestrow" => self.end_row(),
            "line" => self.push("\n"),
            _ => self.push(special(word)),
        }
    }
}

/// The heading level of an outline level; 9 means body text.
fn level(outline: Option<i32>) -> Option<u8> {
    let outline = u8::try_from(outline?).ok().filter(|outline| *outline < 9)?;
    Some((outline + 1).min(6))
}

/// The character a control word stands for; nothing for all other words.
fn special(word: &str) -> &'static str {
    match word {
        "tab" | "emspace" | "enspace" | "qmspace" => " ",
        "emdash" => "\u{2014}",
        "endash" => "\u{2013}",
        "lquote" => "\u{2018}",
        "rquote" => "\u{2019}",
        "ldblquote" => "\u{201c}",
        "rdblquote" => "\u{201d}",
        "bullet" => "\u{2022}",
        _ => "",
    }
}
