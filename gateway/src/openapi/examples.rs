//! Examples of every schema and body, put together from one table of what members usually hold.
//!
//! The table `examples.json` is read by schema (`Login`), by member of a schema (`Report.status`),
//! by the name of a member wherever it occurs (`case_id`), by media type, and by the id of an
//! operation whose body has no schema of its own; what is nearer counts.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Schema, SchemaType, Type};
use utoipa::openapi::{Array, Content, Object, OpenApi, Ref, RefOr};

use super::operations;

const TABLE: &str = include_str!("examples.json");
/// The name of the one example that a body has.
const USUAL: &str = "usual";
/// Stands where the table knows no text; a test demands that it stands nowhere.
const UNKNOWN: &str = "…";

/// Gives every schema and every body its example.
pub(super) fn add(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    let examples = Examples {
        table: serde_json::from_str(TABLE).unwrap_or_default(),
        schemas: &components.schemas,
    };
    let schemas = examples.schemas.keys();
    let of_schemas: BTreeMap<String, Value> = schemas
        .map(|name| (name.clone(), examples.of_named(name)))
        .collect();
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            for (media_type, content) in bodies(operation) {
                let shown = examples.show(&id, media_type, content);
                if let Some((name, example)) = shown.and_then(|it| of_schemas.get_key_value(&it)) {
                    let example = ExampleBuilder::new().value(Some(example.clone()));
                    components.examples.insert(name.clone(), example.into());
                }
            }
        }
    }
    for (name, example) in of_schemas {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(&name) {
            keep(schema, example);
        }
    }
}

/// Returns everything an operation takes and answers, with its media type.
fn bodies(operation: &mut Operation) -> impl Iterator<Item = (&str, &mut Content)> {
    let request = operation.request_body.iter_mut().filter_map(inline);
    let taken = request.flat_map(|request| request.content.iter_mut());
    let responses = operation.responses.responses.values_mut();
    let answered = responses
        .filter_map(inline)
        .flat_map(|it| it.content.iter_mut());
    taken.chain(answered).filter_map(|(media_type, content)| {
        let content = inline(content)?;
        Some((media_type.as_str(), content))
    })
}

fn inline<T>(it: &mut RefOr<T>) -> Option<&mut T> {
    match it {
        RefOr::T(it) => Some(it),
        RefOr::Ref(_) => None,
    }
}

fn keep(schema: &mut Schema, example: Value) {
    match schema {
        Schema::Array(it) => it.examples = vec![example],
        Schema::Object(it) => it.examples = vec![example],
        Schema::OneOf(it) => it.examples = vec![example],
        Schema::AllOf(it) => it.examples = vec![example],
        Schema::AnyOf(it) => it.examples = vec![example],
        _ => {}
    }
}

/// The table, and the schemas whose examples are made of it.
struct Examples<'a> {
    table: Map<String, Value>,
    schemas: &'a BTreeMap<String, RefOr<Schema>>,
}

impl Examples<'_> {
    /// Puts an example on a body that has none: what the table has for the media type, or that of
    /// its schema, whose name is returned when it is to be kept beside the schemas.
    fn show(&self, operation_id: &str, media_type: &str, content: &mut Content) -> Option<String> {
        if content.example.is_some() {
            return None;
        }
        if let Some(example) = self.table.get(media_type) {
            content.example = Some(example.clone());
            return None;
        }
        match &content.schema {
            Some(RefOr::Ref(schema)) => {
                let name = name_of(schema).to_owned();
                let example = Ref::new(format!("#/components/examples/{name}"));
                let examples = &mut content.examples;
                examples.insert(USUAL.to_owned(), RefOr::Ref(example));
                Some(name)
            }
            Some(schema) => {
                content.example = Some(self.of(schema, "", operation_id));
                None
            }
            None => None,
        }
    }

    fn of_named(&self, name: &str) -> Value {
        match (self.table.get(name), self.schemas.get(name)) {
            (Some(told), _) => told.clone(),
            (None, Some(schema)) => self.of(schema, name, ""),
            (None, None) => Value::Null,
        }
    }

    fn of(&self, schema: &RefOr<Schema>, owner: &str, member: &str) -> Value {
        if let Some(told) = self.table.get(&format!("{owner}.{member}")) {
            return told.clone();
        }
        let first = |items: &[RefOr<Schema>]| {
            let first = items.first();
            first.map_or(Value::Null, |it| self.of(it, owner, member))
        };
        match schema {
            RefOr::Ref(named) => self.of_named(name_of(named)),
            RefOr::T(Schema::Array(array)) => self.of_array(array, owner, member),
            RefOr::T(Schema::Object(object)) => self.of_object(object, owner, member),
            RefOr::T(Schema::OneOf(one)) => first(&one.items),
            RefOr::T(Schema::AnyOf(any)) => first(&any.items),
            RefOr::T(Schema::AllOf(all)) => {
                let parts = all.items.iter().map(|it| self.of(it, owner, member));
                parts.filter_map(members).flatten().collect()
            }
            RefOr::T(_) => Value::Null,
        }
    }

    fn of_array(&self, array: &Array, owner: &str, member: &str) -> Value {
        let ArrayItems::RefOrSchema(items) = &array.items else {
            return json!([]);
        };
        let told = self.table.get(member);
        match told.filter(|told| fits(told, &array.schema_type)) {
            Some(told) if !matches!(**items, RefOr::Ref(_)) => told.clone(),
            _ => json!([self.of(items, owner, member)]),
        }
    }

    fn of_object(&self, object: &Object, owner: &str, member: &str) -> Value {
        if !object.properties.is_empty() {
            let members = object.properties.iter();
            return members
                .map(|(name, schema)| (name.clone(), self.of(schema, owner, name)))
                .collect();
        }
        if let Some(first) = object.enum_values.as_ref().and_then(|all| all.first()) {
            return first.clone();
        }
        let told = self.table.get(member);
        if let Some(told) = told.filter(|told| fits(told, &object.schema_type)) {
            return told.clone();
        }
        match (object.additional_properties.as_deref(), json_type(object)) {
            (Some(AdditionalProperties::RefOr(rest)), _) => {
                json!({"key": self.of(rest, owner, member)})
            }
            (_, Some(Type::String)) => json!(UNKNOWN),
            (_, Some(Type::Integer)) => json!(1),
            (_, Some(Type::Number)) => json!(0.5),
            (_, Some(Type::Boolean)) => json!(true),
            _ => json!({}),
        }
    }
}

fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

fn name_of(schema: &Ref) -> &str {
    let location = schema.ref_location.as_str();
    location.rsplit('/').next().unwrap_or(location)
}

/// Returns the type of a member that may be null as well.
fn json_type(object: &Object) -> Option<&Type> {
    match &object.schema_type {
        SchemaType::Type(it) => Some(it),
        SchemaType::Array(all) => all.iter().find(|it| **it != Type::Null),
        SchemaType::AnyValue => None,
    }
}

fn fits(value: &Value, schema_type: &SchemaType) -> bool {
    let is = |it: &Type| match it {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    };
    match schema_type {
        SchemaType::Type(it) => is(it),
        SchemaType::Array(all) => all.iter().any(is),
        SchemaType::AnyValue => true,
    }
}
