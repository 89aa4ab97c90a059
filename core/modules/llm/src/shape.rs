//! Whether an answer has the shape that was asked for.

use serde_json::Value;

use crate::chat::{Conversation, Message, Tool, ToolCall};

/// How many faults a model is told at once.
const PROBLEMS_MAX: usize = 5;
const PROBLEM_CHARS_MAX: usize = 200;

/// Returns why a tool call cannot be carried out, if so.
pub(crate) fn problem_of(call: &ToolCall, tools: &[Tool]) -> Option<String> {
    let Some(tool) = tools.iter().find(|it| it.name == call.name) else {
        return Some("there is no such tool".to_owned());
    };
    match serde_json::from_str(&call.arguments) {
        Ok(arguments) => mismatch(&arguments, &tool.schema),
        Err(_) => Some("the arguments are not JSON".to_owned()),
    }
}

/// Returns the JSON in an answer, or what is wrong with it.
pub(crate) fn shaped(text: &str, schema: &Value) -> Result<String, String> {
    let json = json_in(text);
    let value: Value = serde_json::from_str(json).map_err(|error| format!("no JSON: {error}"))?;
    match mismatch(&value, schema) {
        None => Ok(json.to_owned()),
        Some(problem) => Err(problem),
    }
}

/// Returns the conversation with the schema as words, for models that know no other way.
pub(crate) fn in_words(conversation: &Conversation, schema: &Value) -> Conversation {
    let wish = format!(
        "Your final answer must be one JSON object that matches this JSON schema, \
         with nothing before or after it:\n{schema}"
    );
    let instructions = [conversation.instructions.as_str(), &wish];
    Conversation {
        instructions: instructions.join("\n\n").trim_start().to_owned(),
        answer_schema: None,
        ..conversation.clone()
    }
}

/// Returns the conversation in which a model is told what was wrong with its answer.
pub(crate) fn correction(conversation: &Conversation, text: String, problem: &str) -> Conversation {
    let mut corrected = conversation.clone();
    let calls = Vec::new();
    corrected.messages.push(Message::Assistant { text, calls });
    corrected.messages.push(Message::User {
        text: format!(
            "Your answer does not match the JSON schema ({problem}). \
             Give the whole answer again, corrected, as JSON alone."
        ),
        images: Vec::new(),
    });
    corrected
}

/// Returns the text from the first brace to the last; models like to wrap JSON in words.
fn json_in(text: &str) -> &str {
    let ends = text.find('{').zip(text.rfind('}'));
    ends.and_then(|(start, end)| text.get(start..=end))
        .unwrap_or(text)
}

fn mismatch(value: &Value, schema: &Value) -> Option<String> {
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => return Some(error.to_string()),
    };
    let problems = validator
        .iter_errors(value)
        .take(PROBLEMS_MAX)
        .map(|error| {
            let problem = format!("{} at {:?}", error, error.instance_path().to_string());
            problem.chars().take(PROBLEM_CHARS_MAX).collect()
        });
    let problems: Vec<String> = problems.collect();
    (!problems.is_empty()).then(|| problems.join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "required": ["line"], "properties": {"line": {"type": "integer"}}})
    }

    fn problem(name: &str, arguments: &str) -> Option<String> {
        let tools = [Tool {
            name: "read".to_owned(),
            description: String::new(),
            schema: schema(),
        }];
        let call = ToolCall {
            id: "1".to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        problem_of(&call, &tools)
    }

    #[test]
    fn calls_of_unknown_tools_or_with_wrong_arguments_have_a_problem() {
        assert_eq!(problem("read", "{\"line\": 4}"), None);
        assert!(problem("write", "{}").unwrap().contains("no such tool"));
        assert!(problem("read", "{\"line\":").unwrap().contains("JSON"));
        assert!(problem("read", "{}").unwrap().contains("line"));
    }

    #[test]
    fn json_is_found_in_words_and_checked() {
        let wrapped = "Here it is:\n```json\n{\"line\": 4}\n```";
        assert_eq!(shaped(wrapped, &schema()).unwrap(), "{\"line\": 4}");
        assert!(shaped("I do not know", &schema()).is_err());
        assert!(shaped("{\"line\": \"four\"}", &schema()).is_err());
    }
}
