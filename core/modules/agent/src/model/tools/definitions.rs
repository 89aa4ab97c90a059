//! The tools as a model is told of them.

use faultmaven_proto::llm::v1::Tool;
use serde_json::{Value, json};

/// Returns what a model is told of each tool.
pub(crate) fn definitions() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let file = json!({"type": "string", "description": "id of a file of the case"});
    vec![
        tool(
            "search_file",
            "Finds lines of a file by literal text or regular expression; says how many match.",
            &["file", "pattern"],
            &json!({"file": file, "pattern": text, "regex": {"type": "boolean"},
                "ignore_case": {"type": "boolean"}}),
        ),
        tool(
            "read_lines",
            "Reads up to 200 lines of a file.",
            &["file", "first_line"],
            &json!({"file": file, "first_line": {"type": "integer"}, "count": {"type": "integer"}}),
        ),
        tool(
            "list_findings",
            "Lists what the analysis found, in one file or in all.",
            &[],
            &json!({"file": file}),
        ),
        tool(
            "list_evidence",
            "Lists the evidence of the case in order of time.",
            &[],
            &json!({}),
        ),
        tool(
            "search_knowledge",
            "Searches runbooks and other documents; guidance, never evidence.",
            &["query"],
            &json!({"query": text}),
        ),
    ]
    .into_iter()
    .chain(across())
    .collect()
}

/// What looks at more than one file, or beyond the case.
fn across() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let file = json!({"type": "string", "description": "id of a file of the case"});
    let time = json!({"type": "string", "description": "such as 2025-03-04T14:05:00Z"});
    vec![
        tool(
            "find_entity",
            "Tells how often a host, service, address or other name occurs in the files, with lines.",
            &["name"],
            &json!({"name": text}),
        ),
        tool(
            "timeline",
            "Lists changes, facts, findings, evidence, attempts and moves of the case in order of time, up to 80.",
            &[],
            &json!({"from": time, "to": time}),
        ),
        tool(
            "compare_files",
            "Tells which kinds of lines are only in one of two logs, or far more frequent in the later one.",
            &["earlier", "later"],
            &json!({"earlier": file, "later": file}),
        ),
        tool(
            "similar_cases",
            "Finds other cases of the user that are over, by what their data have in common, then by words, else those of the statement; guidance, never evidence.",
            &[],
            &json!({"words": text}),
        ),
    ]
}

fn tool(name: &str, description: &str, required: &[&str], properties: &Value) -> Tool {
    let schema = json!({"type": "object", "properties": properties, "required": required});
    Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        arguments_schema: schema.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_takes_an_object() {
        for tool in definitions() {
            let schema: Value = serde_json::from_str(&tool.arguments_schema).unwrap();
            assert_eq!(schema["type"], "object", "{}", tool.name);
        }
    }
}
