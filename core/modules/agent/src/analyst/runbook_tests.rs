use super::*;

const DRAFTED: &str = "# Runbook: checkout answers 500

## Diagnosis

1. Look for text such as `pool` — a sign of: The root cause

## Causes

### The limit `max_pool` is too low

- **Area:** config
- **Mechanism:** requests wait: all connections are in use
- **Indicator:** Text such as `maximum-pool-size: 5`

### Solution: raise the limit

- **Rollback:** set it to 5 again

```text
### Not a heading
- not an entry
```

### Verification

- Nothing comes any more.

## Prevention

### Watch the pool
";

#[test]
fn a_drafted_runbook_names_its_cause_and_no_remedy_is_one() {
    let expected = Cause {
        statement: "The limit max_pool is too low".to_owned(),
        category: HypothesisCategory::Config,
        mechanism: "requests wait: all connections are in use".to_owned(),
    };
    assert_eq!(causes(DRAFTED), [expected]);
}

#[test]
fn a_plain_list_names_causes_too() {
    let written = "## Possible causes\n\n- The disk is full\n* A *leak* of handles\n\nElse ask.\n";
    let statements: Vec<String> = causes(written).into_iter().map(|it| it.statement).collect();
    assert_eq!(statements, ["The disk is full", "A leak of handles"]);
    assert_eq!(causes(written)[0].category, HypothesisCategory::Other);
}

#[test]
fn a_text_without_the_section_names_none() {
    for text in [
        "",
        "# Causes of war",
        "## Fix\n\n- restart",
        "## Causes\n\n### `` ` ``\n",
    ] {
        assert_eq!(causes(text), [], "{text}");
    }
}
