//! RTF as tokens.

/// The smallest parts of an RTF file.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word with its number.
    Word(&'a str, Option<i32>),
    /// A control symbol such as `\~`.
    Symbol(u8),
    /// A byte of text, as it stands or as `\'e9`.
    Byte(u8),
}

/// The tokens of `bytes`; binary data is passed over.
pub(super) fn tokens(bytes: &[u8]) -> impl Iterator<Item = Token<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let (first, tail) = rest.split_first()?;
            rest = tail;
            return Some(match first {
                b'\r' | b'\n' => continue,
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\\' => match control(&mut rest)? {
                    Token::Word("bin", count) => {
                        let count = usize::try_from(count.unwrap_or(0)).unwrap_or(0);
                        rest = rest.get(count..).unwrap_or_default();
                        continue;
                    }
                    token => token,
                },
                byte => Token::Byte(*byte),
            });
        }
    })
}

/// What stands behind a backslash.
fn control<'a>(rest: &mut &'a [u8]) -> Option<Token<'a>> {
    let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 {
        return symbol(rest);
    }
    let (word, tail) = rest.split_at(letters);
    let minus = usize::from(tail.first() == Some(&b'-'));
    let digits = tail
        .iter()
        .skip(minus)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let len = if digits == 0 { 0 } else { minus + digits };
    let (number, tail) = tail.split_at(len);
    let number = str::from_utf8(number)
        .ok()
        .and_then(|number| number.parse().ok());
    // One blank ends the word and is part of it.
    *rest = tail.strip_prefix(b" ").unwrap_or(tail);
    Some(Token::Word(str::from_utf8(word).ok()?, number))
}

fn symbol<'a>(rest: &mut &'a [u8]) -> Option<Token<'a>> {
    let (symbol, tail) = rest.split_first()?;
    *rest = tail;
    if *symbol != b'\'' {
        return Some(Token::Symbol(*symbol));
    }
    let digits = tail.get(..2).and_then(|pair| str::from_utf8(pair).ok());
    let Some(byte) = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok()) else {
        return Some(Token::Symbol(*symbol));
    };
    *rest = &tail[2..];
    Some(Token::Byte(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_their_number_and_one_blank() {
        let found: Vec<Token<'_>> = tokens(b"{\\b\\i0  x\\u-10 ?\\'e9\\~\\bin3 }}}\r\n}").collect();
        assert_eq!(
            found,
            [
                Token::Open,
                Token::Word("b", None),
                Token::Word("i", Some(0)),
                Token::Byte(b' '),
                Token::Byte(b'x'),
                Token::Word("u", Some(-10)),
                Token::Byte(b'?'),
                Token::Byte(0xe9),
                Token::Symbol(b'~'),
                Token::Close,
            ]
        );
    }
}
