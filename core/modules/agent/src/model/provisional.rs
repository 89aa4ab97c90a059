//! The text of an answer while it is being written: shown sentence by sentence, before it is checked
//! as a whole.

use faultmaven_kit::text::escape_control;
use faultmaven_proto::case::v1::Assurance;

use super::guard::violations;
use super::prose::{sentences, without_markup};

/// The field of an answer that people read.
const FIELD: &str = "answer";
/// A sentence that does not end is shown in parts of this length.
const PART_CHARS: usize = 400;

/// What has come so far of one answer.
#[derive(Debug)]
pub(crate) struct Provisional {
    grade: Assurance,
    json: AnswerText,
    /// What is not shown yet.
    waiting: String,
}

impl Provisional {
    /// Begins an answer that may claim what the grade bears.
    pub(crate) fn new(grade: Assurance) -> Self {
        Self {
            grade,
            json: AnswerText::default(),
            waiting: String::new(),
        }
    }

    /// Takes a piece of the answer; returns what can be shown now, which may be nothing.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        for letter in piece.chars() {
            self.waiting.extend(self.json.push(letter));
        }
        let Some(end) = self.shown_to() else {
            return String::new();
        };
        let rest = self.waiting.split_off(end);
        let ready = std::mem::replace(&mut self.waiting, rest);
        self.honest(&ready)
    }

    /// Returns where the last whole sentence ends.
    fn shown_to(&self) -> Option<usize> {
        if self.json.is_over() {
            return Some(self.waiting.len());
        }
        if let Some(end) = self.waiting.rfind('\n') {
            return Some(end + 1);
        }
        let sentences = sentences(&self.waiting);
        let whole = sentences.split_last().map_or(0, |(_, whole)| {
            whole.iter().map(|sentence| sentence.len()).sum()
        });
        match whole {
            0 if self.waiting.len() < PART_CHARS => None,
            0 => Some(self.waiting.len()),
            end => Some(end),
        }
    }

    /// Leaves out what the checks would never let pass.
    fn honest(&self, text: &str) -> String {
        let lines = text.split_inclusive('\n');
        let kept = lines.flat_map(sentences).filter(|sentence| {
            sentence.trim().is_empty() || violations(self.grade, sentence).is_empty()
        });
        without_markup(&escape_control(&kept.collect::<String>()))
    }
}

/// Finds the text of one field in JSON that comes letter by letter.
#[derive(Debug, Default)]
struct AnswerText {
    depth: usize,
    in_string: bool,
    escape: Escape,
    /// Whether the next string on the first level is the name of a field.
    expects_name: bool,
    name: String,
    in_answer: bool,
    is_over: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Digits of a code so far, and the first half of a pair.
    Code(String, Option<u32>),
    /// Between the halves of a pair.
    Half(u32),
}

impl AnswerText {
    fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns what a letter adds to the text.
    fn push(&mut self, letter: char) -> Option<char> {
        if !self.in_string {
            self.between(letter);
            return None;
        }
        let decoded = self.decode(letter)?;
        if self.in_answer {
            return Some(decoded);
        }
        if self.depth == 1 && self.expects_name {
            self.name.push(decoded);
        }
        None
    }

    fn between(&mut self, letter: char) {
        match letter {
            '{' | '[' => {
                self.depth += 1;
                self.expects_name = self.depth == 1 && letter == '{';
            }
            '}' | ']' => self.depth = self.depth.saturating_sub(1),
            ',' if self.depth == 1 => self.expects_name = true,
            ':' if self.depth == 1 => self.expects_name = false,
            '"' if self.depth > 0 => {
                self.in_string = true;
                if self.depth == 1 && self.expects_name {
                    self.name.clear();
                }
                let is_value = self.depth == 1 && !self.expects_name;
                self.in_answer = is_value && self.name == FIELD && !self.is_over;
            }
            _ => {}
        }
    }

    fn decode(&mut self, letter: char) -> Option<char> {
        match std::mem::take(&mut self.escape) {
            Escape::None => match letter {
                '\\' => {
                    self.escape = Escape::Begun;
                    None
                }
                '"' => {
                    self.in_string = false;
                    self.is_over |= self.in_answer;
                    self.in_answer = false;
                    None
                }
                plain => Some(plain),
            },
            Escape::Begun => self.escaped(letter),
            Escape::Half(first) if letter == '\\' => {
                self.escape = Escape::Code(String::new(), Some(first));
                None
            }
            // A first half without a second is nothing; what follows stands for itself.
            Escape::Half(_) => self.decode(letter),
            Escape::Code(digits, first) => self.code(digits, first, letter),
        }
    }

    fn escaped(&mut self, letter: char) -> Option<char> {
        match letter {
            'n' => Some('\n'),
            't' => Some('\t'),
            'u' => {
                self.escape = Escape::Code(String::new(), None);
                None
            }
            'r' | 'b' | 'f' => None,
            plain => Some(plain),
        }
    }

    fn code(&mut self, mut digits: String, first: Option<u32>, letter: char) -> Option<char> {
        // The mark of the second half of a pair.
        let is_mark = letter == 'u' && digits.is_empty() && first.is_some();
        if !is_mark {
            digits.push(letter);
        }
        if digits.len() < 4 {
            self.escape = Escape::Code(digits, first);
            return None;
        }
        let code = u32::from_str_radix(&digits, 16).ok()?;
        match (first, code) {
            (None, 0xD800..=0xDBFF) => {
                self.escape = Escape::Half(code);
                None
            }
            (Some(first), 0xDC00..=0xDFFF) => {
                char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (code - 0xDC00))
            }
            (_, code) => char::from_u32(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&str]) -> Vec<String> {
        let mut provisional = Provisional::new(Assurance::Possible);
        let shown = pieces.iter().map(|piece| provisional.push(piece));
        shown.filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn the_text_comes_out_whole_wherever_it_is_cut() {
        let text = "It waits [ev_1]. “5 of 5” are in use \\ 😀.\nNo more?";
        let answer = serde_json::json!({"answer": text, "facts": [{"answer": "not this"}]});
        let ascii: String = answer
            .to_string()
            .chars()
            .map(|it| match it {
                '😀' => "\\ud83d\\ude00".to_owned(),
                plain => plain.to_string(),
            })
            .collect();
        for size in [1, 2, 3, 7, 1_000] {
            let letters: Vec<char> = ascii.chars().collect();
            let pieces: Vec<String> = letters.chunks(size).map(|it| it.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(shown(&pieces).concat(), text, "{size}");
        }
    }

    #[test]
    fn sentences_are_shown_when_they_end() {
        let shown = shown(&["{\"answer\": \"It wai", "ts. The po", "ol is small.\"", "}"]);
        assert_eq!(shown, ["It waits. ", "The pool is small."]);
    }

    #[test]
    fn what_cannot_pass_is_not_shown_either() {
        let shown = shown(&["{\"answer\": \"The root cause is DNS. It may be. I restarted it.\"}"]);
        assert_eq!(shown.concat(), "It may be. ");
    }

    #[test]
    fn half_a_letter_does_not_hide_the_end() {
        let shown = shown(&[r#"{"answer": "It waits.\ud83d", "facts": ["not this"]}"#]);
        assert_eq!(shown.concat(), "It waits.");
    }

    #[test]
    fn nothing_is_loaded_or_linked() {
        let shown = shown(&["{\"answer\": \"See ![x](https://a.example/?d=1).\"}"]);
        assert_eq!(shown.concat(), "See [x] (https://a.example/?d=1).");
    }

    #[test]
    fn what_is_no_answer_shows_nothing() {
        for text in [
            "I would rather \"talk\".",
            "{\"text\": \"answer\"}",
            "[\"answer\"]",
        ] {
            assert!(shown(&[text]).is_empty(), "{text}");
        }
    }
}
