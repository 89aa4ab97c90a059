//! Selectors of labels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tests that labels must pass, all of them; without any, everything is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    pub tests: Vec<LabelTest>,
}

/// A test of one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelTest {
    pub key: String,
    pub is: TestKind,
    pub values: Vec<String>,
}

/// How a label is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    In,
    NotIn,
    Exists,
    Absent,
}

impl Selector {
    /// Returns whether labels pass all tests.
    pub fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.tests.iter().all(|test| test.fits(labels))
    }

    /// Returns the tests in words, such as `app=cart`.
    pub fn words(&self) -> String {
        if self.tests.is_empty() {
            return "every pod".to_owned();
        }
        let words: Vec<String> = self.tests.iter().map(LabelTest::words).collect();
        words.join(",")
    }

    /// Returns whether a test asks for a value that is this name.
    pub(crate) fn names(&self, name: &str) -> bool {
        let mut wanted = self.tests.iter().filter(|test| test.is == TestKind::In);
        wanted.any(|test| test.values.iter().any(|value| value == name))
    }
}

impl LabelTest {
    fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        let label = labels.get(&self.key);
        let is_named = label.is_some_and(|label| self.values.contains(label));
        match self.is {
            TestKind::In => is_named,
            TestKind::NotIn => !is_named,
            TestKind::Exists => label.is_some(),
            TestKind::Absent => label.is_none(),
        }
    }

    fn words(&self) -> String {
        let (key, values) = (&self.key, self.values.join("|"));
        match self.is {
            TestKind::In => format!("{key}={values}"),
            TestKind::NotIn => format!("{key}!={values}"),
            TestKind::Exists => key.clone(),
            TestKind::Absent => format!("!{key}"),
        }
    }
}
