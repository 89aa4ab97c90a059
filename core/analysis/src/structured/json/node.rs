//! JSON values that know where they stand in their text.

/// A value and the offset at which it, or the key before it, begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: usize,
    /// Offset of the value itself.
    pub(crate) value_at: usize,
    /// Offset behind it.
    pub(crate) end: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(String),
}

/// Deeper documents are no exports of objects.
pub(super) const DEPTH_MAX: usize = 64;

impl Node {
    /// Reads the document at the start of a text; nothing when it is not JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { text, at: 0 };
        parser.value(DEPTH_MAX)
    }

    /// Returns what a path such as `status.phase` leads to.
    pub(crate) fn get(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| node.member(key))
    }

    /// Returns the text at a path.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        match &self.get(path)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, flag or text at a path as it is written.
    pub(crate) fn written(&self, path: &str) -> Option<&str> {
        match &self.get(path)?.kind {
            Kind::Text(text) | Kind::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number at a path.
    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        self.written(path)?.parse().ok()
    }

    /// Returns the entries of the list at a path; none when there is no list.
    pub(crate) fn items(&self, path: &str) -> &[Self] {
        self.get(path).map_or(&[], Self::list)
    }

    /// Returns keys and values of the object at a path; none when there is no object.
    pub(crate) fn members(&self, path: &str) -> &[(String, Self)] {
        self.get(path).map_or(&[], Self::object)
    }

    /// Returns the value itself when it is a number, a flag or a text, as it is written.
    pub(crate) fn as_written(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value itself when it is a number.
    pub(crate) fn as_number(&self) -> Option<f64> {
        self.as_written()?.parse().ok()
    }

    /// Returns the entries of the value itself when it is a list.
    pub(crate) fn list(&self) -> &[Self] {
        match &self.kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    /// Returns keys and values of the value itself when it is an object.
    pub(crate) fn object(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// Returns the entries of a list or the values of an object.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        let members = self.object().iter().map(|(_, node)| node);
        self.list().iter().chain(members)
    }

    /// Returns the value itself when it is a text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value that begins at an offset, with its key.
    pub(crate) fn starting_at(&self, at: usize) -> Option<&Self> {
        if self.at == at {
            return Some(self);
        }
        let holds = |node: &&Self| node.at <= at && at < node.end;
        let inner = match &self.kind {
            Kind::Object(members) => members.iter().map(|(_, node)| node).find(holds),
            Kind::Array(items) => items.iter().find(holds),
            _ => None,
        };
        inner?.starting_at(at)
    }

    /// Calls `visit` for the value and every object and list inside.
    pub(crate) fn holders<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        if matches!(self.kind, Kind::Object(_) | Kind::Array(_)) {
            visit(self);
            self.children().for_each(|node| node.holders(visit));
        }
    }

    /// Returns the numbers, flags and texts that the value itself holds.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Self> {
        self.children().filter(|node| node.as_written().is_some())
    }

    /// Takes the value of a key out of an object.
    pub(crate) fn take_member(&mut self, key: &str) -> Option<Self> {
        let Kind::Object(members) = &mut self.kind else {
            return None;
        };
        let at = members.iter().position(|(known, _)| known == key)?;
        Some(members.swap_remove(at).1)
    }

    /// Adds a text that an object does not spell out.
    pub(crate) fn add_text(&mut self, key: &str, text: &str) {
        let at = self.at;
        if let Kind::Object(members) = &mut self.kind {
            let kind = Kind::Text(text.to_owned());
            let node = Self {
                at,
                value_at: at,
                end: at,
                kind,
            };
            members.push((key.to_owned(), node));
        }
    }

    /// Returns the value of a key that may hold dots.
    pub(crate) fn member(&self, key: &str) -> Option<&Self> {
        let Kind::Object(members) = &self.kind else {
            return None;
        };
        members
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        let at = self.skip()?;
        let kind = match self.text.as_bytes()[at] {
            b'{' => self.object(depth)?,
            b'[' => self.array(depth)?,
            b'"' => Kind::Text(self.string()?),
            _ => self.bare()?,
        };
        Some(Node {
            at,
            value_at: at,
            end: self.at,
            kind,
        })
    }

    fn object(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        let mut members = Vec::new();
        while !self.closes(b'}')? {
            let at = self.skip()?;
            let key = self.string()?;
            self.expect(b':')?;
            let value = self.value(depth)?;
            members.push((key, Node { at, ..value }));
            self.comma();
        }
        Some(Kind::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.closes(b']')? {
            items.push(self.value(depth)?);
            self.comma();
        }
        Some(Kind::Array(items))
    }

    fn string(&mut self) -> Option<String> {
        let start = self.skip()?;
        let bytes = self.text.as_bytes();
        if bytes[start] != b'"' {
            return None;
        }
        let mut end = start + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = end + 1;
        let told = self.text.get(start..=end)?;
        // What the grammar does not allow in a text, such as a line break, is taken as it is.
        Some(serde_json::from_str(told).unwrap_or_else(|_| told[1..told.len() - 1].to_owned()))
    }

    fn bare(&mut self) -> Option<Kind> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|letter: char| matches!(letter, ',' | '}' | ']') || letter.is_whitespace())
            .unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| Kind::Bare(rest[..end].to_owned()))
    }

    /// Steps over the closing mark, if it comes next.
    fn closes(&mut self, mark: u8) -> Option<bool> {
        let at = self.skip()?;
        let found = self.text.as_bytes()[at] == mark;
        self.at += usize::from(found);
        Some(found)
    }

    fn expect(&mut self, mark: u8) -> Option<()> {
        let at = self.skip()?;
        self.at += 1;
        (self.text.as_bytes()[at] == mark).then_some(())
    }

    fn comma(&mut self) {
        if self
            .skip()
            .is_some_and(|at| self.text.as_bytes()[at] == b',')
        {
            self.at += 1;
        }
    }

    /// Steps over white space; nothing at the end of the text.
    fn skip(&mut self) -> Option<usize> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start().len();
        (self.at < self.text.len()).then_some(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_path_with_their_place() {
        let text = r#"{"kind": "Pod", "n": {"a": [1, "x\"y"], "b": null}}"#;
        let node = Node::parse(text).unwrap();
        assert_eq!(node.text("kind"), Some("Pod"));
        assert_eq!(node.items("n.a")[1].as_text(), Some("x\"y"));
        assert_eq!(node.written("n.b"), Some("null"));
        assert_eq!(node.get("n.b").unwrap().at, text.find("\"b\"").unwrap());
        assert_eq!(node.text("n.c"), None);
    }

    #[test]
    fn what_is_no_json_gives_nothing() {
        for text in ["", "{", "{\"a\"", "[1, ", "\"open"] {
            assert!(Node::parse(text).is_none(), "{text}");
        }
        let deep = "[".repeat(100);
        assert!(Node::parse(&deep).is_none());
    }
}
