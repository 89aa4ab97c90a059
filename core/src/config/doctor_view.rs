//! Settings as they may be shown: without secrets.

/// Returns `value` of the setting `name` with secrets masked.
pub fn masked(name: &str, value: &str) -> String {
    if value.is_empty() {
        return "(not set)".to_owned();
    }
    if name.ends_with("_SECRET") || name.ends_with("_PASSWORD") || name.ends_with("_API_KEY") {
        return "***".to_owned();
    }
    match value.split_once("://").zip(value.rsplit_once('@')) {
        Some(((scheme, _), (_, host))) => format!("{scheme}://***@{host}"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        assert_eq!(masked("JWT_SECRET", "abc"), "***");
        assert_eq!(
            masked("DATABASE_URL", "postgres://fm:pw@db/fm"),
            "postgres://***@db/fm"
        );
        assert_eq!(masked("PORT", "8000"), "8000");
        assert_eq!(masked("GRPC_PORT", ""), "(not set)");
    }
}
