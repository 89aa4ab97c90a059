//! Which files are searched.

use super::*;

fn file(name: &str, turn: i32) -> pb::UploadedFile {
    let mut file = pb::UploadedFile {
        filename: name.to_owned(),
        uploaded_at_turn: turn,
        ..Default::default()
    };
    file.set_state(pb::FileState::Analyzed);
    file
}

#[test]
fn the_named_file_is_searched_else_the_newest_first() {
    let files = [file("app.log", 1), file("after.log", 3), file("old.log", 1)];
    let names = |text: &str, max: usize| -> (Vec<String>, usize) {
        let chosen = chosen(&files, text, max);
        let names = chosen.files.iter().map(|file| file.filename.clone());
        (names.collect(), chosen.left_out)
    };
    let named = names("what is in App.log?", 2);
    assert_eq!(named, (vec!["app.log".to_owned()], 0));
    let (newest, left_out) = names("what happened?", 2);
    assert_eq!((newest[0].as_str(), left_out), ("after.log", 1));
}
