//! EPUB to blocks: the pages of the book in reading order, each read as the HTML it is. The
//! navigation page repeats the headings and is left out.

use std::collections::HashMap;

use super::archive::Archive;
use super::canonical::Draft;
use super::xml::{self, Node};
use super::{Format, Limits, ParseError, encoding, html};

/// Reads a book; its package metadata may give the title.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    let mut archive = Archive::open(bytes, Format::Epub, limits)?;
    refuse_encrypted(&mut archive)?;
    let path = package_path(&mut archive)?;
    let mut package = Package::read(&archive.require(&path)?, &path)?;
    let mut draft = Draft {
        title: package.title,
        ..Draft::default()
    };
    for id in package.spine {
        // Each page once, however often the spine has it.
        let Some(page) = package.pages.remove(&id) else {
            continue;
        };
        match archive.read(&page)? {
            Some(bytes) => read_page(&bytes, &page, &mut draft),
            None => draft.warnings.push(format!("the page `{page}` is missing")),
        }
    }
    draft.warnings.dedup();
    draft.warnings.truncate(MAX_WARNINGS);
    Ok(draft)
}

/// More would say no more.
const MAX_WARNINGS: usize = 20;

/// A page that cannot be read is left out with a warning: the rest of the book can be.
fn read_page(bytes: &[u8], page: &str, draft: &mut Draft) {
    let html = encoding::decode_part(bytes, Format::Html).map(|html| expanded(&html));
    match html.map(|html| html::read(&html)) {
        Ok(read) => {
            draft.blocks.extend(read.blocks);
            draft.warnings.extend(read.warnings);
        }
        Err(error) => draft
            .warnings
            .push(format!("the page `{page}` was left out: {error}")),
    }
}

/// Obfuscated fonts do not keep anyone from reading; other encrypted parts do.
fn refuse_encrypted(archive: &mut Archive<'_>) -> Result<(), ParseError> {
    let Some(bytes) = archive.read("META-INF/encryption.xml")? else {
        return Ok(());
    };
    let mut encrypted = false;
    xml::walk(&bytes, Format::Epub, "META-INF/encryption.xml", |node| {
        if let Node::Start(start) = node
            && start.local_name().as_ref() == "EncryptionMethod"
        {
            let method = xml::attribute(start, "Algorithm").unwrap_or_default();
            encrypted |= !FONT_METHODS.contains(&method.as_str());
        }
        Ok(())
    })?;
    match encrypted {
        true => Err(ParseError::Encrypted {
            format: Format::Epub,
        }),
        false => Ok(()),
    }
}

const FONT_METHODS: [&str; 2] = [
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
];

/// Where the container says the package file is.
fn package_path(archive: &mut Archive<'_>) -> Result<String, ParseError> {
    let container = archive.require("META-INF/container.xml")?;
    let mut path = None;
    xml::walk(&container, Format::Epub, "META-INF/container.xml", |node| {
        if let Node::Start(start) = node
            && start.local_name().as_ref() == "rootfile"
        {
            path = path.take().or(xml::attribute(start, "full-path"));
        }
        Ok(())
    })?;
    path.ok_or_else(|| ParseError::Corrupt {
        format: Format::Epub,
        detail: "META-INF/container.xml names no package file".to_owned(),
    })
}

/// What the package file says.
#[derive(Default)]
struct Package {
    title: Option<String>,
    /// Members of the archive by the ids the spine uses; no navigation pages.
    pages: HashMap<String, String>,
    spine: Vec<String>,
}

impl Package {
    fn read(bytes: &[u8], path: &str) -> Result<Self, ParseError> {
        let folder = path.rfind('/').map_or("", |at| &path[..at + 1]);
        let mut package = Self::default();
        let mut title: Option<String> = None;
        xml::walk(bytes, Format::Epub, path, |node| {
            match node {
                Node::Start(start) => match start.local_name().as_ref() {
                    "title" if package.title.is_none() => title = Some(String::new()),
                    "item" => {
                        let page = item(start, folder);
                        package.pages.extend(page);
                    }
                    "itemref" => package.spine.extend(xml::attribute(start, "idref")),
                    _ => {}
                },
                Node::Text(text) => {
                    if let Some(title) = &mut title {
                        title.push_str(text);
                    }
                }
                Node::End(_) => package.title = package.title.take().or(title.take()),
            }
            Ok(())
        })?;
        Ok(package)
    }
}

/// The id and the archive member of a page that is not for navigation.
fn item(start: &quick_xml::events::BytesStart<'_>, folder: &str) -> Option<(String, String)> {
    let of = |name| xml::attribute(start, name);
    let properties = of("properties").unwrap_or_default();
    let navigation = properties.split_whitespace().any(|word| word == "nav");
    let is_page = of("media-type").is_some_and(|kind| kind.contains("html"));
    if navigation || !is_page {
        return None;
    }
    Some((of("id")?, member(folder, &of("href")?)))
}

/// The name of the archive member that `href`, relative to `folder`, leads to.
fn member(folder: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or(href);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in href.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    unescaped(&parts.join("/"))
}

/// A reference without its percent escapes.
fn unescaped(reference: &str) -> String {
    let mut bytes = Vec::with_capacity(reference.len());
    let mut rest = reference.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|pair| str::from_utf8(pair).ok());
        let escaped = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match escaped.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `<a/>` as `<a></a>`: in XHTML it is complete, in HTML it would swallow what follows.
fn expanded(xhtml: &str) -> String {
    let mut out = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(at) = rest.find("/>") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        out.push_str(before);
        match before.rfind('<').map(|open| tag_name(&before[open + 1..])) {
            Some(name) if !name.is_empty() && !VOID.contains(&name) => {
                out.push_str("></");
                out.push_str(name);
                out.push('>');
            }
            _ => out.push_str("/>"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The name a tag starts with; empty for what is no start tag.
fn tag_name(tag: &str) -> &str {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && !":-_".contains(c));
    if tag.contains('>') {
        ""
    } else {
        &tag[..end.unwrap_or(tag.len())]
    }
}

/// Elements of HTML that never have content.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_members() {
        assert_eq!(
            member("OEBPS/", "text/a%20b.xhtml#top"),
            "OEBPS/text/a b.xhtml"
        );
        assert_eq!(member("OEBPS/text/", "../c.html"), "OEBPS/c.html");
        assert_eq!(member("", "100%.html"), "100%.html");
    }

    #[test]
    fn an_empty_element_does_not_swallow_the_page() {
        assert_eq!(
            expanded("<title/><p>1/>2<br/><a id='x'/>y</p>"),
            "<title></title><p>1/>2<br/><a id='x'></a>y</p>"
        );
    }
}
