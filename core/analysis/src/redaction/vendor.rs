//! Keys and tokens that vendors give a recognisable form.

use super::cursor::{before, is_word, run_end};
use super::found::Found;
use super::kind::SensitiveKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Hex,
    Alnum,
    Upper,
    /// Letters, digits, `_` and `-`.
    Url,
    /// Letters, digits, `_`, `-` and `.`.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, `_` and `-`.
    Base64,
}

/// The form of a token: a prefix, then between `min` and `max` of a character set.
#[derive(Debug)]
pub(super) struct VendorToken {
    pub(super) prefix: &'static str,
    charset: Charset,
    min: usize,
    max: usize,
}

const fn token(prefix: &'static str, charset: Charset, (min, max): (usize, usize)) -> VendorToken {
    VendorToken {
        prefix,
        charset,
        min,
        max,
    }
}

const ANY: usize = 2048;

/// Sources: the secret-scanning pages of GitHub and GitLab and the vendors' own references.
pub(super) const TOKENS: &[VendorToken] = &[
    token("AKIA", Charset::Upper, (16, 16)),
    token("ASIA", Charset::Upper, (16, 16)),
    token("ABIA", Charset::Upper, (16, 16)),
    token("ACCA", Charset::Upper, (16, 16)),
    token("AIza", Charset::Url, (35, 35)),
    token("GOCSPX-", Charset::Url, (24, 40)),
    token("ya29.", Charset::Dotted, (20, ANY)),
    token("ghp_", Charset::Alnum, (36, 255)),
    token("gho_", Charset::Alnum, (36, 255)),
    token("ghu_", Charset::Alnum, (36, 255)),
    token("ghs_", Charset::Alnum, (36, 255)),
    token("ghr_", Charset::Alnum, (36, 255)),
    token("github_pat_", Charset::Url, (40, 255)),
    token("glpat-", Charset::Dotted, (20, 64)),
    token("gldt-", Charset::Url, (20, 64)),
    token("glrt-", Charset::Dotted, (20, 64)),
    token("glptt-", Charset::Url, (20, 64)),
    token("glcbt-", Charset::Url, (20, 64)),
    token("glsoat-", Charset::Url, (20, 64)),
    token("gloas-", Charset::Url, (20, 80)),
    token("xoxb-", Charset::Url, (20, 255)),
    token("xoxp-", Charset::Url, (20, 255)),
    token("xoxa-", Charset::Url, (20, 255)),
    token("xoxr-", Charset::Url, (20, 255)),
    token("xoxs-", Charset::Url, (20, 255)),
    token("xoxe.xoxp-", Charset::Url, (20, 255)),
    token("xapp-", Charset::Url, (20, 255)),
    token("sk_live_", Charset::Alnum, (16, 255)),
    token("sk_test_", Charset::Alnum, (16, 255)),
    token("rk_live_", Charset::Alnum, (16, 255)),
    token("rk_test_", Charset::Alnum, (16, 255)),
    token("whsec_", Charset::Base64, (24, 255)),
    token("sk-ant-", Charset::Url, (20, 255)),
    token("sk-proj-", Charset::Url, (20, 255)),
    token("sk-svcacct-", Charset::Url, (20, 255)),
    token("sk-or-v1-", Charset::Hex, (32, 64)),
    token("sk-", Charset::Alnum, (32, 64)),
    token("gsk_", Charset::Alnum, (40, 64)),
    token("xai-", Charset::Alnum, (40, 100)),
    token("pplx-", Charset::Alnum, (40, 64)),
    token("r8_", Charset::Alnum, (37, 40)),
    token("hf_", Charset::Alnum, (30, 40)),
    token("npm_", Charset::Alnum, (36, 36)),
    token("pypi-AgE", Charset::Url, (50, ANY)),
    token("rubygems_", Charset::Hex, (48, 48)),
    token("dckr_pat_", Charset::Url, (20, 64)),
    token("dckr_oat_", Charset::Url, (20, 64)),
    token("dop_v1_", Charset::Hex, (64, 64)),
    token("doo_v1_", Charset::Hex, (64, 64)),
    token("dor_v1_", Charset::Hex, (64, 64)),
    token("SG.", Charset::Dotted, (60, 80)),
    token("SK", Charset::Hex, (32, 32)),
    token("key-", Charset::Hex, (32, 32)),
    token("shpat_", Charset::Hex, (32, 32)),
    token("shpss_", Charset::Hex, (32, 32)),
    token("shpca_", Charset::Hex, (32, 32)),
    token("shppa_", Charset::Hex, (32, 32)),
    token("sq0atp-", Charset::Url, (22, 22)),
    token("sq0csp-", Charset::Url, (43, 43)),
    token("ATATT3x", Charset::Base64, (60, 255)),
    token("ATCTT3x", Charset::Base64, (60, 255)),
    token("lin_api_", Charset::Alnum, (32, 64)),
    token("secret_", Charset::Alnum, (43, 43)),
    token("ntn_", Charset::Alnum, (40, 60)),
    token("hvs.", Charset::Url, (24, 255)),
    token("hvb.", Charset::Url, (24, 255)),
    token("dapi", Charset::Hex, (32, 34)),
    token("dp.pt.", Charset::Alnum, (40, 48)),
    token("dp.st.", Charset::Dotted, (40, 80)),
    token("glsa_", Charset::Url, (32, 64)),
    token("glc_", Charset::Base64, (32, 400)),
    token("NRAK-", Charset::Upper, (27, 27)),
    token("NRJS-", Charset::Hex, (19, 19)),
    token("pscale_tkn_", Charset::Dotted, (32, 64)),
    token("pscale_pw_", Charset::Dotted, (32, 64)),
    token("PMAK-", Charset::Url, (50, 70)),
    token("pul-", Charset::Hex, (40, 40)),
    token("fm2_", Charset::Base64, (40, ANY)),
    token("AGE-SECRET-KEY-1", Charset::Upper, (58, 58)),
    token("sntrys_", Charset::Base64, (40, 400)),
    token("sntryu_", Charset::Hex, (64, 64)),
    token("figd_", Charset::Url, (40, 60)),
    token("LTAI", Charset::Alnum, (16, 22)),
    token("AKID", Charset::Alnum, (32, 32)),
    token("sbp_", Charset::Hex, (40, 40)),
    token("tskey-", Charset::Url, (16, 80)),
    token("squ_", Charset::Hex, (40, 40)),
    token("sqp_", Charset::Hex, (40, 40)),
    token("nfp_", Charset::Alnum, (36, 36)),
    token("HRKU-", Charset::Url, (36, 66)),
    token("CCIPAT_", Charset::Url, (40, 80)),
    token("bkua_", Charset::Hex, (40, 40)),
    token("ops_eyJ", Charset::Url, (60, ANY)),
    token("EAACEdEose0cBA", Charset::Alnum, (20, 255)),
    token("FLWSECK-", Charset::Url, (32, 48)),
];

/// Takes the token that starts at `at`, if its form is right.
pub(super) fn take(found: &mut Found<'_>, at: usize, form: &VendorToken) {
    let bytes = found.bytes;
    let body = at + form.prefix.len();
    if !bytes[at..].starts_with(form.prefix.as_bytes())
        || before(bytes, at).is_some_and(|byte| is_word(byte) || byte == b'-')
    {
        return;
    }
    let end = trimmed(
        bytes,
        body,
        run_end(bytes, body, |byte| form.charset.has(byte)),
    );
    let length = end - body;
    let closed = bytes.get(end).is_none_or(|&byte| !is_word(byte));
    if (form.min..=form.max).contains(&length) && closed && is_random(&bytes[body..end]) {
        found.push(SensitiveKind::Token, at, end);
    }
}

/// Returns whether `text` looks drawn rather than written: varied, with digits or mixed case.
pub(super) fn is_random(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    text.iter().for_each(|&byte| seen[byte as usize] = true);
    let distinct = seen.iter().filter(|&&it| it).count();
    let any = |belongs: fn(&u8) -> bool| text.iter().any(belongs);
    let digits = any(u8::is_ascii_digit);
    let mixed = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    distinct >= 6 && (mixed || (digits && any(u8::is_ascii_alphabetic)))
}

/// Gives back punctuation that ends the sentence rather than the token.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let text = &bytes[start..end];
    let kept = text.iter().rposition(|&byte| !matches!(byte, b'.' | b'-'));
    start + kept.map_or(0, |last| last + 1)
}

impl Charset {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Url => is_word(byte) || byte == b'-',
            Self::Dotted => is_word(byte) || matches!(byte, b'-' | b'.'),
            Self::Base64 => is_word(byte) || matches!(byte, b'-' | b'+' | b'/' | b'='),
        }
    }
}
