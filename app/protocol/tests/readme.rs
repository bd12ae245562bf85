//! The README's examples are the golden files: all of them, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use tidings_protocol::ApiError;

const README: &str = include_str!("../README.md");

/// The examples, each of which stands below a comment with the name of its file.
fn examples() -> BTreeMap<String, Value> {
    let mut examples = BTreeMap::new();
    for part in README.split("<!-- wire/").skip(1) {
        let (name, part) = part
            .split_once(" -->\n```json\n")
            .expect("an example follows its name");
        let (text, _) = part.split_once("\n```\n").expect("the example ends");
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            examples.insert(name.to_owned(), value).is_none(),
            "{name} is there twice"
        );
    }
    examples
}

fn golden() -> BTreeMap<String, Value> {
    fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire"))
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("it is text");
            (name, serde_json::from_str(&text).expect("it is JSON"))
        })
        .collect()
}

#[test]
fn every_frame_has_its_golden_file_as_an_example() {
    let (examples, mut golden) = (examples(), golden());
    // Errors are in a table, since they differ only in their code.
    golden.retain(|name, _| !name.starts_with("error."));
    for (name, value) in &golden {
        assert_eq!(examples.get(name), Some(value), "{name}");
    }
    assert!(examples.keys().eq(golden.keys()), "an example has no golden file");
}

#[test]
fn every_error_code_is_in_the_table_with_its_status() {
    for (name, value) in golden() {
        if name.starts_with("error.") {
            let error: ApiError = serde_json::from_value(value.clone()).expect("it is an error");
            let row = format!(
                "| `{}` | {} |",
                value["code"].as_str().expect("a code"),
                error.code.status()
            );
            assert!(README.contains(&row), "{row}");
        }
    }
}
