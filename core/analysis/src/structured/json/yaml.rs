//! Cuts objects out of YAML as it passes by, each as a record like one of JSON.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::Record;
use super::node::{DEPTH_MAX, Kind, Node};
use super::record::Recording;
use crate::encoding::Encoding;
use crate::line::RawLine;

/// Holds one object at a time: a document, or an item of a list.
#[derive(Debug)]
pub(crate) struct YamlCutter {
    encoding: Encoding,
    record: Option<Recording>,
    /// Whether the items of a list are read.
    in_items: bool,
    /// Blanks in front of the dash of an item.
    indent: Option<usize>,
    /// Objects that are too large to be kept.
    pub(crate) dropped: u64,
}

impl YamlCutter {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            record: None,
            in_items: false,
            indent: None,
            dropped: 0,
        }
    }

    /// Takes the next line, or the next piece of one.
    pub(crate) fn line(&mut self, raw: &RawLine<'_>, take: &mut dyn FnMut(Record)) {
        if raw.carries_on {
            return self.keep(raw);
        }
        let body = raw.bytes.trim_ascii();
        let blanks = raw.bytes.iter().take_while(|byte| **byte == b' ').count();
        if body.is_empty() || body.starts_with(b"#") {
            return self.keep(raw);
        }
        if blanks == 0 && body.starts_with(b"---") {
            self.cut(take);
            (self.in_items, self.indent) = (false, None);
            return;
        }
        if !self.in_items && blanks == 0 && body == b"items:" {
            self.record = None;
            self.in_items = true;
            return;
        }
        if self.in_items {
            let is_item = body.starts_with(b"- ") && self.indent.is_none_or(|at| at == blanks);
            if is_item {
                self.cut(take);
                self.indent = Some(blanks);
            } else if self.indent.is_none_or(|at| blanks <= at) {
                // What stands behind the list is none of its items.
                self.cut(take);
                self.in_items = false;
            }
        }
        self.record.get_or_insert_with(|| Recording::new(0, 0));
        self.keep(raw);
    }

    /// Hands the last object on.
    pub(crate) fn finish(&mut self, take: &mut dyn FnMut(Record)) {
        self.cut(take);
    }

    fn keep(&mut self, raw: &RawLine<'_>) {
        if let Some(record) = &mut self.record {
            record.take_line(raw);
        }
    }

    fn cut(&mut self, take: &mut dyn FnMut(Record)) {
        let Some(record) = self.record.take() else {
            return;
        };
        self.dropped += u64::from(record.is_too_large());
        if let Some(record) = record.read_as(self.encoding, parse) {
            take(record);
        }
    }
}

/// Reads one document, or the only item of a list; nothing when it is not YAML.
fn parse(text: &str) -> Option<Node> {
    let mut events = Events {
        parser: Parser::new_from_str(text),
    };
    let root = loop {
        let (event, span) = events.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => break events.node(event, span, DEPTH_MAX)?,
        }
    };
    match root.kind {
        Kind::Array(items) => items.into_iter().next(),
        _ => Some(root),
    }
}

struct Events<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Events<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        self.parser.next()?.ok()
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        let at = span.start.byte_offset()?;
        let (kind, end) = match event {
            Event::Scalar(text, style, ..) => {
                let is_bare = style == ScalarStyle::Plain && is_bare(&text);
                let text = text.into_owned();
                let kind = if is_bare {
                    Kind::Bare(text)
                } else {
                    Kind::Text(text)
                };
                (kind, span.end.byte_offset()?)
            }
            Event::MappingStart(..) => self.mapping(at, depth)?,
            Event::SequenceStart(..) => self.sequence(at, depth)?,
            _ => (Kind::Bare("null".to_owned()), span.end.byte_offset()?),
        };
        Some(Node {
            at,
            value_at: at,
            end,
            kind,
        })
    }

    fn mapping(&mut self, at: usize, depth: usize) -> Option<(Kind, usize)> {
        let (mut members, mut end) = (Vec::new(), at);
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Some((Kind::Object(members), end));
            }
            let key = self.node(event, span, depth)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth)?;
            end = value.end.max(key.end);
            let name = key.as_written().unwrap_or_default().to_owned();
            let member = Node {
                at: key.at,
                end,
                ..value
            };
            members.push((name, member));
        }
    }

    fn sequence(&mut self, at: usize, depth: usize) -> Option<(Kind, usize)> {
        let (mut items, mut end) = (Vec::new(), at);
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Some((Kind::Array(items), end));
            }
            let item = self.node(event, span, depth)?;
            end = item.end;
            items.push(item);
        }
    }
}

/// Returns whether a word stands for a number, a flag or nothing.
fn is_bare(text: &str) -> bool {
    matches!(text, "true" | "false" | "null" | "~" | "") || text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze, verify_citation};

    const PODS: &str = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: cart-1\n    namespace: shop\n  spec:\n    containers:\n    - name: cart\n      image: cart:1\n  status:\n    phase: Running\n    containerStatuses:\n    - name: cart\n      ready: false\n      restartCount: 9\n      state:\n        waiting:\n          message: |\n            back-off 5m0s restarting\n            failed container\n          reason: CrashLoopBackOff\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: cart\n    namespace: shop\n  spec:\n    selector:\n      app: cart\n    ports:\n    - port: 80\n      targetPort: http\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";

    fn read(text: &str, chunk: usize) -> crate::Analysis {
        let mut analyzer = crate::Analyzer::new(Options {
            file_name: Some("pods.yaml".to_owned()),
            ..Options::default()
        });
        text.as_bytes()
            .chunks(chunk)
            .for_each(|it| analyzer.push(it));
        analyzer.finish()
    }

    #[test]
    fn objects_of_yaml_are_read_like_those_of_json() {
        for text in [PODS.to_owned(), PODS.replace('\n', "\r\n")] {
            let analysis = read(&text, 1 << 20);
            let facts = analysis.commands.iter().flat_map(|run| &run.facts);
            let told: Vec<String> = facts
                .map(|it| {
                    format!(
                        "{} {} {} @{}",
                        it.object, it.key, it.value, it.citation.line_start
                    )
                })
                .collect();
            assert!(
                told.contains(&"cart-1 status CrashLoopBackOff @23".to_owned()),
                "{told:?}"
            );
            assert!(
                told.contains(&"cart-1 restarts 9 @17".to_owned()),
                "{told:?}"
            );
            assert_eq!(analysis.inventory.services[0].targets[0].0, "http");
            for finding in &analysis.findings {
                for cited in &finding.citations {
                    let range = cited.byte_start as usize..cited.byte_end as usize;
                    verify_citation(&text.as_bytes()[range], cited, analysis.encoding).unwrap();
                }
            }
            assert_eq!(read(&text, 7), analysis);
        }
    }

    #[test]
    fn documents_of_one_file_are_objects_of_their_own() {
        let text = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 80\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec:\n  ports:\n  - {port: 81}\n";
        let analysis = analyze(text.as_bytes(), Options::default());
        let services = analysis.inventory.services.iter();
        let names: Vec<&str> = services.map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
