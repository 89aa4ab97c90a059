//! How a file that should not be in the case is taken out of it.

use faultmaven_proto::case::v1::FileDigest;

use super::compose::{Composed, Told};
use super::text::{inert, listed};
use crate::analyst::questions::is_file_name;
use crate::analyst::words::words;

const FILES_SHOWN: usize = 3;

/// Says how the files that are meant are removed; words alone remove none.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>) {
    let files = told.after.files.iter().filter(|file| file.top_level);
    let files: Vec<&FileDigest> = files.collect();
    let text = &told.situation.text;
    let unknown =
        words(text).iter().any(|word| is_file_name(&word.lower)) && named(&files, text).is_empty();
    let meant = meant(&files, text);
    if meant.is_empty() {
        answer.say("This case holds no file that could be taken out.");
        return;
    }
    if unknown {
        let names: Vec<String> = files.iter().map(|it| inert(&it.file_name, 120)).collect();
        answer.say(format!(
            "This case holds no file of that name, only {}.",
            listed(&names)
        ));
    }
    let case_id = told
        .after
        .case
        .as_ref()
        .map_or("", |it| it.case_id.as_str());
    let rows: Vec<String> = meant
        .iter()
        .take(FILES_SHOWN)
        .map(|file| {
            format!(
                "- {}: `DELETE /api/v1/cases/{case_id}/data/{}`",
                inert(&file.file_name, 120),
                file.file_id
            )
        })
        .collect();
    answer.say(format!(
        "My answers take no file out; you do, in the file list of the extension or with the request below. Its evidence goes with it, and what rested on it is weighed anew. Until then it counts.\n{}",
        rows.join("\n")
    ));
}

/// The files that a text names, else the newest ones.
fn meant<'a>(files: &[&'a FileDigest], text: &str) -> Vec<&'a FileDigest> {
    let named = named(files, text);
    if !named.is_empty() {
        return named;
    }
    let mut newest = files.to_vec();
    newest.sort_by_key(|file| std::cmp::Reverse(file.turn_number));
    newest
}

fn named<'a>(files: &[&'a FileDigest], text: &str) -> Vec<&'a FileDigest> {
    let lower = text.to_lowercase();
    let is_named = |file: &&&FileDigest| lower.contains(&file.file_name.to_lowercase());
    files.iter().filter(is_named).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_file_is_meant_else_the_newest_first() {
        let file = |name: &str, turn_number: i32| FileDigest {
            file_name: name.to_owned(),
            turn_number,
            ..Default::default()
        };
        let (one, two) = (file("app.log", 1), file("deploy.diff", 3));
        let files = [&one, &two];
        let names = |text: &str| -> Vec<&str> {
            let meant = meant(&files, text);
            meant.iter().map(|it| it.file_name.as_str()).collect()
        };
        assert_eq!(names("ignore App.log please"), ["app.log"]);
        assert_eq!(names("wrong file sorry"), ["deploy.diff", "app.log"]);
    }
}
