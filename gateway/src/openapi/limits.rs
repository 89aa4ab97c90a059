//! What the values of requests must be like, put on their schemas from one table.
//!
//! The table `limits.json` is read by member of a schema (`CreateUser.role`), by parameter of an
//! operation (`list_jobs.status`), by the operation whose body is a list (`batch_delete`), and by
//! the name of a member or parameter wherever a request has one (`tags`); what is nearer counts.
//! Answers have no limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use utoipa::Number;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{Array, Object, OpenApi, RefOr, Required};

use super::operations;

const TABLE: &str = include_str!("limits.json");
const JSON: &str = "application/json";

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// What a value must be like; what is absent does not matter.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Limit {
    #[serde(rename = "enum")]
    words: Option<Vec<Value>>,
    format: Option<String>,
    pattern: Option<String>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    minimum: Option<Number>,
    maximum: Option<Number>,
    min_items: Option<usize>,
    max_items: Option<usize>,
    unique_items: bool,
    /// What each item of a list must be like.
    items: Option<Box<Limit>>,
}

/// Limits parameters and bodies, and tells which bodies may be absent.
pub(super) fn add(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    let table: BTreeMap<String, Limit> = serde_json::from_str(TABLE).unwrap_or_default();
    let mut taken = BTreeSet::new();
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            limit_parameters(operation, &table);
            limit_list(operation, &table);
            note_taken(operation, &components.schemas, &mut taken);
            allow_absent(operation, &components.schemas);
        }
    }
    for name in taken {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(&name) {
            limit_members(&name, schema, &table);
        }
    }
}

fn limit_parameters(operation: &mut Operation, table: &BTreeMap<String, Limit>) {
    let id = operation.operation_id.clone().unwrap_or_default();
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(RefOr::T(schema)) = &mut parameter.schema
            && let Some(limit) = nearest(table, &id, &parameter.name)
        {
            limit.put_on(schema);
        }
    }
}

/// Limits a body whose schema has no name.
fn limit_list(operation: &mut Operation, table: &BTreeMap<String, Limit>) {
    let id = operation.operation_id.clone().unwrap_or_default();
    if let Some(limit) = table.get(&id)
        && let Some(RefOr::T(body)) = &mut operation.request_body
    {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content
                && let Some(RefOr::T(schema)) = &mut content.schema
            {
                limit.put_on(schema);
            }
        }
    }
}

fn nearest<'a>(table: &'a BTreeMap<String, Limit>, owner: &str, name: &str) -> Option<&'a Limit> {
    let near = table.get(&format!("{owner}.{name}"));
    near.or_else(|| table.get(name))
}

/// Notes the names of all schemas that the body of a request is made of.
fn note_taken(operation: &Operation, schemas: &Schemas, taken: &mut BTreeSet<String>) {
    let Some(RefOr::T(body)) = &operation.request_body else {
        return;
    };
    let contents = body.content.values().filter_map(|it| match it {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let mut open: Vec<&RefOr<Schema>> = contents.collect();
    while let Some(schema) = open.pop() {
        match schema {
            RefOr::Ref(named) => {
                let name = named.ref_location.rsplit('/').next().unwrap_or_default();
                if taken.insert(name.to_owned()) {
                    open.extend(schemas.get(name));
                }
            }
            RefOr::T(schema) => open.extend(parts(schema)),
        }
    }
}

fn parts(schema: &Schema) -> Vec<&RefOr<Schema>> {
    match schema {
        Schema::Object(object) => object.properties.values().collect(),
        Schema::OneOf(one) => one.items.iter().collect(),
        Schema::AllOf(all) => all.items.iter().collect(),
        Schema::Array(array) => match &array.items {
            ArrayItems::RefOrSchema(items) => vec![items],
            ArrayItems::False => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// An absent body is an empty object, which fits where no member is required.
fn allow_absent(operation: &mut Operation, schemas: &Schemas) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    let is_free = |schema: &Schema| matches!(schema, Schema::Object(it) if it.required.is_empty());
    let may_be_absent = body.content.len() == 1
        && body.content.get(JSON).is_some_and(|it| match it {
            RefOr::T(content) => match &content.schema {
                Some(RefOr::Ref(named)) => {
                    let name = named.ref_location.rsplit('/').next().unwrap_or_default();
                    matches!(schemas.get(name), Some(RefOr::T(schema)) if is_free(schema))
                }
                _ => false,
            },
            RefOr::Ref(_) => false,
        });
    if may_be_absent {
        body.required = Some(Required::False);
    }
}

fn limit_members(owner: &str, schema: &mut Schema, table: &BTreeMap<String, Limit>) {
    match schema {
        Schema::Object(object) => {
            for (name, member) in &mut object.properties {
                if let RefOr::T(member) = member
                    && let Some(limit) = nearest(table, owner, name)
                {
                    limit.put_on(member);
                }
            }
        }
        Schema::AllOf(all) => {
            for part in &mut all.items {
                if let RefOr::T(part) = part {
                    limit_members(owner, part, table);
                }
            }
        }
        _ => {}
    }
}

impl Limit {
    fn put_on(&self, schema: &mut Schema) {
        match schema {
            Schema::Object(object) => self.put_on_value(object),
            Schema::Array(array) => self.put_on_list(array),
            _ => {}
        }
    }

    fn put_on_value(&self, object: &mut Object) {
        let may_be_null =
            matches!(&object.schema_type, SchemaType::Array(all) if all.contains(&Type::Null));
        let null = may_be_null.then_some(Value::Null);
        if let Some(words) = &self.words {
            object.enum_values = Some(words.iter().cloned().chain(null).collect());
        }
        replace(&mut object.pattern, &self.pattern);
        replace(&mut object.min_length, &self.min_length);
        replace(&mut object.max_length, &self.max_length);
        replace(&mut object.minimum, &self.minimum);
        replace(&mut object.maximum, &self.maximum);
        let format = self.format.clone().map(SchemaFormat::Custom);
        replace(&mut object.format, &format);
    }

    fn put_on_list(&self, array: &mut Array) {
        replace(&mut array.min_items, &self.min_items);
        replace(&mut array.max_items, &self.max_items);
        array.unique_items |= self.unique_items;
        if let Some(limit) = &self.items
            && let ArrayItems::RefOrSchema(items) = &mut array.items
            && let RefOr::T(item) = &mut **items
        {
            limit.put_on(item);
        }
    }
}

fn replace<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
    if new.is_some() {
        old.clone_from(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> BTreeMap<String, Limit> {
        serde_json::from_str(TABLE).unwrap()
    }

    #[test]
    fn every_line_of_the_table_is_about_something_that_requests_carry() {
        let mut document = crate::openapi::document();
        let mut carried = BTreeSet::new();
        let schemas = &document.components.as_ref().unwrap().schemas;
        for (owner, schema) in schemas {
            let mut open = vec![schema];
            while let Some(RefOr::T(schema)) = open.pop() {
                if let Schema::Object(object) = schema {
                    let members = object.properties.keys();
                    carried.extend(members.map(|name| (owner.clone(), name.clone())));
                } else {
                    open.extend(parts(schema));
                }
            }
        }
        for item in document.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                carried.insert((String::new(), id.clone()));
                for parameter in operation.parameters.iter().flatten() {
                    if let RefOr::T(parameter) = parameter {
                        carried.insert((id.clone(), parameter.name.clone()));
                    }
                }
            }
        }
        for line in table().keys() {
            let is_used = carried.iter().any(|(owner, name)| {
                line == name || line.split_once('.') == Some((owner.as_str(), name.as_str()))
            });
            assert!(is_used, "{line}");
        }
    }

    #[test]
    fn what_is_nearer_counts() {
        let table = table();
        let limit = |owner, name| nearest(&table, owner, name).unwrap().max_length;
        assert_eq!(limit("CreateDocument", "title"), Some(500));
        assert_eq!(limit("CreateCase", "title"), Some(200));
    }
}
