//! Encodings of one byte, and the names of glyphs.

/// The upper halves of encodings, from 0x80.
const WIN_ANSI: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// From 0xa0; a blank stands for none.
const STANDARD: &str =
    " ¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß";

/// Names that say no single letter or digit.
const NAMES: &str = "space  exclam ! quotedbl \" numbersign # dollar $ percent % ampersand & quotesingle ' \
parenleft ( parenright ) asterisk * plus + comma , hyphen - period . slash / zero 0 one 1 two 2 three 3 \
four 4 five 5 six 6 seven 7 eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ \
bracketleft [ backslash \\ bracketright ] asciicircum ^ underscore _ grave ` braceleft { bar | \
braceright } asciitilde ~ quoteleft ‘ quoteright ’ quotedblleft “ quotedblright ” quotesinglbase ‚ \
quotedblbase „ endash – emdash — bullet • ellipsis … dagger † daggerdbl ‡ perthousand ‰ guilsinglleft ‹ \
guilsinglright › guillemotleft « guillemotright » fi ﬁ fl ﬂ ff ﬀ ffi ﬃ ffl ﬄ fraction ⁄ Euro € cent ¢ \
sterling £ yen ¥ currency ¤ section § copyright © registered ® trademark ™ degree ° plusminus ± minus − \
multiply × divide ÷ mu µ paragraph ¶ periodcentered · exclamdown ¡ questiondown ¿ logicalnot ¬ \
brokenbar ¦ onequarter ¼ onehalf ½ threequarters ¾ lessequal ≤ greaterequal ≥ notequal ≠ infinity ∞ \
approxequal ≈ arrowleft ← arrowup ↑ arrowright → arrowdown ↓ acute ´ dieresis ¨ circumflex ˆ tilde ˜ \
macron ¯ breve ˘ dotaccent ˙ ring ˚ cedilla ¸ hungarumlaut ˝ ogonek ˛ caron ˇ dotlessi ı germandbls ß \
AE Æ ae æ OE Œ oe œ Oslash Ø oslash ø Lslash Ł lslash ł Eth Ð eth ð Thorn Þ thorn þ \
Agrave À Aacute Á Acircumflex Â Atilde Ã Adieresis Ä Aring Å Ccedilla Ç Egrave È Eacute É \
Ecircumflex Ê Edieresis Ë Igrave Ì Iacute Í Icircumflex Î Idieresis Ï Ntilde Ñ Ograve Ò Oacute Ó \
Ocircumflex Ô Otilde Õ Odieresis Ö Ugrave Ù Uacute Ú Ucircumflex Û Udieresis Ü Yacute Ý Ydieresis Ÿ \
Scaron Š Zcaron Ž agrave à aacute á acircumflex â atilde ã adieresis ä aring å ccedilla ç egrave è \
eacute é ecircumflex ê edieresis ë igrave ì iacute í icircumflex î idieresis ï ntilde ñ ograve ò \
oacute ó ocircumflex ô otilde õ odieresis ö ugrave ù uacute ú ucircumflex û udieresis ü yacute ý \
ydieresis ÿ scaron š zcaron ž";

/// Returns the characters of a named encoding; of another or none, those of the standard one.
pub(super) fn encoding(name: &[u8]) -> [Option<char>; 256] {
    let mut characters = [None; 256];
    let ascii = (32_u8..127).map(|byte| (usize::from(byte), char::from(byte)));
    let latin = (0xa0_u8..=0xff).map(|byte| (usize::from(byte), char::from(byte)));
    let upper: Vec<(usize, char)> = match name {
        b"MacRomanEncoding" => (0x80..).zip(MAC_ROMAN.chars()).collect(),
        b"WinAnsiEncoding" => (0x80..).zip(WIN_ANSI.chars()).chain(latin).collect(),
        _ => {
            let known = (0xa0..).zip(STANDARD.chars());
            known.filter(|(_, character)| *character != ' ').collect()
        }
    };
    for (code, character) in ascii.chain(upper) {
        characters[code] = Some(character);
    }
    characters
}

/// Returns the character that the name of a glyph stands for.
pub(super) fn character(name: &str) -> Option<char> {
    // What follows a dot tells variants of a glyph apart.
    let name = name.split('.').next().filter(|it| !it.is_empty())?;
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Some(only);
    }
    let digits = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'));
    let by_number = digits
        .filter(|it| it.len() >= 4)
        .and_then(|it| u32::from_str_radix(it, 16).ok())
        .and_then(char::from_u32);
    by_number.or_else(|| by_name(name))
}

fn by_name(name: &str) -> Option<char> {
    if name == "space" {
        return Some(' ');
    }
    let mut words = NAMES.split_whitespace().skip(1);
    while let (Some(known), Some(character)) = (words.next(), words.next()) {
        if known == name {
            return character.chars().next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_their_characters_at_their_places() {
        let at = |name: &[u8], code: usize| encoding(name)[code];
        assert_eq!(at(b"WinAnsiEncoding", 0x80), Some('€'));
        assert_eq!(at(b"WinAnsiEncoding", 0x9f), Some('Ÿ'));
        assert_eq!(at(b"WinAnsiEncoding", 0xe9), Some('é'));
        assert_eq!(at(b"MacRomanEncoding", 0x8e), Some('é'));
        assert_eq!(at(b"MacRomanEncoding", 0xff), Some('ˇ'));
        assert_eq!(at(b"", 0xae), Some('ﬁ'));
        assert_eq!(at(b"", 0xd0), Some('—'));
        assert_eq!(at(b"", 0xfb), Some('ß'));
        assert_eq!(at(b"", 0xa0), None);
    }

    #[test]
    fn glyphs_are_known_by_their_names() {
        for (name, known) in [
            ("A", 'A'),
            ("space", ' '),
            ("zcaron", 'ž'),
            ("quotesingle", '\''),
            ("uni20AC", '€'),
            ("u1F600", '😀'),
            ("a.alt", 'a'),
        ] {
            assert_eq!(character(name), Some(known), "{name}");
        }
        for name in ["g12", "", ".notdef", "unimportant"] {
            assert_eq!(character(name), None, "{name:?}");
        }
    }
}
