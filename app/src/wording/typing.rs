//! Who is typing.

/// More people than this are counted, and none of them named.
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
        _ => format!("{} people are typing…", names.len()),
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
    fn more_than_four_are_counted() {
        assert_eq!(typing(&["A", "B", "C", "D", "E"]), "5 people are typing…");
    }
}
