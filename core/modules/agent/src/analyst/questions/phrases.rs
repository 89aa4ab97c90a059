//! The words by which questions are told apart.

pub(super) const SINCE: [&str; 9] = [
    "since when",
    "when did it",
    "when did this",
    "when did the",
    "when does it",
    "when was the first",
    "how long has",
    "from when",
    "when exactly",
];
/// How the end is asked for.
pub(super) const UNTIL: [&str; 8] = [
    "until when",
    "till when",
    "up to when",
    "how long did",
    "how long was",
    "last seen",
    "last error",
    "last occurrence",
];
/// How it is asked whether the problem goes on.
pub(super) const ONGOING: [&str; 18] = [
    "is it still",
    "is this still",
    "is that still",
    "are they still",
    "are there still",
    "does it still",
    "do they still",
    "still happening",
    "still ongoing",
    "still failing",
    "is it over",
    "is it ongoing",
    "is it gone",
    "has it stopped",
    "did it stop",
    "have they stopped",
    "did it recover",
    "has it recovered",
];
/// Questions of two or three words that need no mark.
pub(super) const SHORT: [&str; 5] = [
    "until when",
    "till when",
    "since when",
    "how often",
    "how many times",
];
pub(super) const SUMMARY: [&str; 17] = [
    "summarize",
    "summarise",
    "summary",
    "sum up",
    "sum it up",
    "recap",
    "where do we stand",
    "where are we",
    "what do we know",
    "what have you found",
    "what did you find",
    "what is going on",
    "what's going on",
    "what happened",
    "what is wrong",
    "what's wrong",
    "what is the status",
];
pub(super) const NEXT_STEP: [&str; 15] = [
    "what should i do",
    "what should we do",
    "what should i check",
    "what should i look at",
    "what do i do",
    "what do we do",
    "what can i do",
    "what to do",
    "what now",
    "what next",
    "what's next",
    "next step",
    "next steps",
    "where do i start",
    "how do i proceed",
];
pub(super) const CAUSE: [&str; 9] = [
    "root cause",
    "the cause",
    "likely cause",
    "likely reason",
    "how sure",
    "how certain",
    "how confident",
    "caused it",
    "caused this",
];
pub(super) const COMPARE: [&str; 8] = [
    "compare",
    "compared to",
    "compared with",
    "difference between",
    "what is different",
    "what's different",
    "differs from",
    "differ from",
];
pub(super) const COUNTS: [&str; 4] = ["how often", "how many", "how frequently", "number of"];
/// How a request to count begins.
pub(super) const COUNT: [&str; 2] = ["count ", "how many "];
/// Words by which a question asks who got in, not who failed to.
pub(super) const LOGINS: [&str; 12] = [
    "logged in",
    "anyone log in",
    "someone log in",
    "users log in",
    "login succeed",
    "logins succeed",
    "successful login",
    "successful logins",
    "login successful",
    "logins successful",
    "got in",
    "signed in",
];
pub(super) const FAILED: [&str; 7] = [
    "fail", "failed", "fails", "failing", "unable", "denied", "not",
];
pub(super) const ABILITIES: [&str; 7] = [
    "what can you do",
    "what can you tell",
    "what can i ask",
    "what do you do",
    "how can you help",
    "how do you work",
    "what are you able",
];
pub(super) const FIRST: [&str; 10] = [
    "first errors",
    "first error",
    "earliest errors",
    "earliest error",
    "the errors",
    "top errors",
    "all errors",
    "main errors",
    "worst errors",
    "which errors",
];
/// Words for a kind of entity and the kind's name in an analysis.
pub(super) const ENTITIES: [(&str, &str); 20] = [
    ("hosts", "host"),
    ("host", "host"),
    ("servers", "host"),
    ("machines", "host"),
    ("addresses", "ip"),
    ("ips", "ip"),
    ("ip", "ip"),
    ("clients", "ip"),
    ("services", "service"),
    ("service", "service"),
    ("components", "service"),
    ("users", "user"),
    ("user", "user"),
    ("ports", "port"),
    ("paths", "path"),
    ("endpoints", "path"),
    ("traces", "trace_id"),
    ("accounts", "user"),
    ("account", "user"),
    ("client", "ip"),
];
pub(super) const CHANGES: [&str; 8] = [
    "what changed",
    "what has changed",
    "what was changed",
    "what did change",
    "which changes",
    "what was deployed",
    "any changes",
    "changed before",
];
pub(super) const COVERAGE: [&str; 7] = [
    "what did you look at",
    "what have you looked at",
    "what did you read",
    "what was checked",
    "what did you check",
    "what is in the",
    "what's in the",
];
pub(super) const SEARCH: [&str; 8] = [
    "search for ",
    "search ",
    "grep for ",
    "grep ",
    "find ",
    "look for ",
    "show me lines with ",
    "show lines with ",
];
pub(super) const KNOWLEDGE: [&str; 14] = [
    "how do i",
    "how do we",
    "how can i",
    "how can we",
    "how to",
    "what is",
    "what's",
    "what are",
    "what does",
    "how should",
    "best way to",
    "what should",
    "explain",
    "is there a runbook",
];
/// How a question for a fix begins.
pub(super) const FIX: [&str; 14] = [
    "how do i fix",
    "how do we fix",
    "how can i fix",
    "how can we fix",
    "how to fix",
    "how should i fix",
    "how do i solve",
    "how can i solve",
    "how do i resolve",
    "how can i resolve",
    "how do i mitigate",
    "how do i repair",
    "what is the fix",
    "what would fix",
];
/// What stands for the problem at hand.
pub(super) const AT_HAND: [&str; 14] = [
    "",
    "it",
    "this",
    "that",
    "them",
    "these",
    "the problem",
    "this problem",
    "the issue",
    "this issue",
    "the error",
    "this error",
    "the errors",
    "the cause",
];
/// How the wish for numbers over time ends.
pub(super) const RATES: [&str; 6] = [
    " per second",
    " per minute",
    " per hour",
    " per day",
    " over time",
    " by hour",
];
