//! The examples in the README are the golden files: all of them, and nothing else.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

const README: &str = include_str!("../README.md");

/// An example stands below a comment with the name of its file.
fn examples() -> BTreeMap<String, Value> {
    let mut examples = BTreeMap::new();
    let mut rest = README;
    while let Some((_, after)) = rest.split_once("<!-- wire/") {
        let (name, after) = after.split_once(" -->\n```json\n").expect("an example follows its name");
        let (text, after) = after.split_once("\n```").expect("the example ends");
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(examples.insert(name.to_owned(), value).is_none(), "{name} is there twice");
        rest = after;
    }
    examples
}

fn golden() -> BTreeMap<String, Value> {
    fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire"))
        .expect("the folder is there")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("it is text");
            (name, serde_json::from_str(&text).expect("it is JSON"))
        })
        .collect()
}

#[test]
fn every_golden_file_is_an_example_in_the_readme_and_every_example_is_a_golden_file() {
    let (examples, golden) = (examples(), golden());
    for (name, value) in &golden {
        assert_eq!(examples.get(name), Some(value), "{name}");
    }
    for name in examples.keys() {
        assert!(golden.contains_key(name), "{name} is no file");
    }
}
