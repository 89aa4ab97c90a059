//! Forms with files: without their file, with one that is too large, and such as are none.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};

use super::UNLIMITED;
use super::document::{Api, Operation};
use crate::harness::{App, User};
use crate::sample::required;

const FORM: &str = "multipart/form-data";
const SMALL: (&str, &str) = ("MAX_UPLOAD_BYTES", "64KiB");

/// Somebody with a case that forms are sent to.
struct Sender {
    _app: App,
    ada: User,
    case_id: String,
}

impl Sender {
    async fn new() -> Self {
        let app = App::with(&[UNLIMITED, SMALL]).await;
        let ada = app.admin().await;
        Self {
            case_id: ada.open_case().await,
            _app: app,
            ada,
        }
    }

    fn request(&self, operation: &Operation<'_>) -> RequestBuilder {
        let path = operation.path.replace("{case_id}", &self.case_id);
        self.ada.request(operation.method.clone(), &path)
    }
}

/// Returns the name of the part that holds the file.
fn file_part(operation: &Operation<'_>) -> &'static str {
    if operation.path.contains("/turns") {
        "files"
    } else {
        "file"
    }
}

#[tokio::test]
async fn a_file_that_is_missing_or_too_large_is_refused() {
    let sender = Sender::new().await;
    let api = Api::read();
    let mut wrong = Vec::new();
    let mut told = 0;
    for operation in api.operations() {
        let Some(schema) = operation.body(FORM) else {
            continue;
        };
        told += 1;
        let name = file_part(&operation);
        if required(api.document(), schema).contains(&name) {
            let form = Form::new().text("description", "no file");
            let request = sender.request(&operation).multipart(form);
            let reply = sender.ada.run(request).await;
            wrong.extend(operation.field_not_named("no file", &reply, name));
        }
        let file = Part::bytes(b"ERROR disk full\n".repeat(192 << 10)).file_name("a.md");
        let form = Form::new().part(name, file);
        let reply = sender
            .ada
            .run(sender.request(&operation).multipart(form))
            .await;
        wrong.extend(operation.not_refused("3 MiB", &reply, 413, "file_too_large"));
    }
    assert!(told >= 8 && wrong.is_empty(), "{told}: {wrong:#?}");
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    let sender = Sender::new().await;
    let api = Api::read();
    let mut wrong = Vec::new();
    for operation in api.operations().filter(|it| it.body(FORM).is_some()) {
        let cut = "--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nab";
        for (what, media_type, body) in [
            ("no boundary", FORM, "hello"),
            ("no end", "multipart/form-data; boundary=x", cut),
            ("another type", "text/plain", "hello"),
        ] {
            let request = sender
                .request(&operation)
                .header("content-type", media_type);
            let reply = sender.ada.run(request.body(body)).await;
            wrong.extend(operation.not_told(what, &reply, 422));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
