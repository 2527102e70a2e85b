//! Bytes written as printable characters, which old producers wrap around compressed streams.

/// Pairs of hexadecimal digits up to `>`; anything else between them is skipped.
pub(super) fn hex(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().take_while(|&&byte| byte != b'>');
    let digits = digits.filter_map(|&byte| char::from(byte).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        })
        .collect()
}

/// Groups of five digits to the base of 85 up to `~`; `z` stands for four zeros.
pub(super) fn base85(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 5 * 4);
    let mut group = Vec::with_capacity(5);
    for &byte in text.iter().take_while(|&&byte| byte != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(bytes(&group));
            group.clear();
        }
    }
    let kept = group.len().saturating_sub(1);
    if kept > 0 {
        group.resize(5, 84);
        out.extend(bytes(&group).into_iter().take(kept));
    }
    out
}

fn bytes(group: &[u8]) -> [u8; 4] {
    let digits = group.iter().map(|&digit| u32::from(digit));
    let value = digits.fold(0u32, |value, digit| {
        value.wrapping_mul(85).wrapping_add(digit)
    });
    value.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_bytes() {
        assert_eq!(hex(b"48 65 6C6c6F 7>zz"), b"Hellop");
        assert_eq!(base85(b"87cUR\nD]j7BEbo80~>zz"), b"Hello world!");
        assert_eq!(base85(b"z87c"), b"\0\0\0\0He");
        assert!(base85(b"~>").is_empty() && hex(b">").is_empty());
    }
}
