//! The style sheets together.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

/// The class that a line opens a rule for, if it stands at the first level of a layer and is alone there.
fn class_of(line: &str) -> Option<&str> {
    let name = line.strip_prefix("  .")?.strip_suffix(" {")?;
    name.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        .then_some(name)
}

#[test]
fn no_class_is_meant_by_two_sheets() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    let mut sheets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let sheet = path.display().to_string();
        for class in fs::read_to_string(&path)?.lines().filter_map(class_of) {
            let known = sheets.entry(class.to_owned()).or_default();
            if !known.contains(&sheet) {
                known.push(sheet.clone());
            }
        }
    }
    assert!(sheets.len() > 100, "the rules are not found any more");
    // Two components that took the same name would change each other's looks.
    sheets.retain(|_, sheets| sheets.len() > 1);
    assert!(sheets.is_empty(), "{sheets:#?}");
    Ok(())
}
