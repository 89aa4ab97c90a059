//! Steps of the plans that PostgreSQL prints and logs.

use std::sync::LazyLock;

use regex::Regex;

/// Rows that come in place of one expected that make an estimate a wrong one.
const MISJUDGED: f64 = 100.0;

/// A step: what it does, the rows that are expected, and those that came each time.
static STEP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?:->\s*)?(?P<does>\S[^(]*?)\s+\(cost=\S+ rows=(?P<expected>\d+(?:\.\d+)?) width=\d+\)(?: \(actual (?:time=\S+ )?rows=(?P<came>\d+(?:\.\d+)?))?",
    )
    .ok()
});

/// What a step of a plan does, and how many rows it was expected to return and did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) does: String,
    expected: f64,
    pub(crate) came: Option<f64>,
}

impl Step {
    /// Reads the line of a step of a plan.
    pub(crate) fn of(line: &str) -> Option<Self> {
        let found = STEP.as_ref()?.captures(line)?;
        let number = |name: &str| found.name(name)?.as_str().parse::<f64>().ok();
        Some(Self {
            does: found["does"].to_owned(),
            expected: number("expected").unwrap_or(0.0),
            came: number("came"),
        })
    }

    /// Returns whether far more rows came than were expected.
    pub(crate) fn is_misjudged(&self) -> bool {
        self.factor() >= MISJUDGED
    }

    /// How many times as many rows came as were expected.
    pub(crate) fn factor(&self) -> f64 {
        self.came.unwrap_or(0.0) / self.expected.max(1.0)
    }

    /// Says how far the estimate was off.
    pub(crate) fn told(&self) -> String {
        let (expected, came) = (self.expected, self.came.unwrap_or(0.0));
        let does = &self.does;
        format!("{does} returned {came} rows where {expected} were expected")
    }
}

/// Returns the table that a step reads, as in `Index Scan using orders_pkey on orders o`.
pub(crate) fn table_of(does: &str) -> Option<&str> {
    let (_, behind) = does.split_once(" on ")?;
    let table = behind.split_whitespace().next()?;
    table.rsplit('.').next()
}
