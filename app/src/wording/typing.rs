//! Who is typing.

/// Names beyond this many become "several people".
const NAMED: usize = 4;

/// The sentence for those who type, in the order in which they began; empty when nobody does.
#[must_use]
pub fn typing(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        [one, two] => format!("{one} and {two} are typing…"),
        [one, two, _] => format!("{one}, {two} and 1 other are typing…"),
        [one, two, rest @ ..] if names.len() <= NAMED => {
            format!("{one}, {two} and {} others are typing…", rest.len())
        }
        _ => "Several people are typing…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_named_and_the_others_counted() {
        assert_eq!(typing(&[]), "");
        assert_eq!(typing(&["Ana"]), "Ana is typing…");
        assert_eq!(typing(&["Ana", "Ben"]), "Ana and Ben are typing…");
        assert_eq!(
            typing(&["Ana", "Ben", "Chidi"]),
            "Ana, Ben and 1 other are typing…"
        );
        assert_eq!(
            typing(&["Ana", "Ben", "Chidi", "Dara"]),
            "Ana, Ben and 2 others are typing…"
        );
    }

    #[test]
    fn more_than_four_are_several() {
        assert_eq!(typing(&["A", "B", "C", "D", "E"]), "Several people are typing…");
    }
}
