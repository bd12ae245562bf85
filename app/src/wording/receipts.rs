//! How far a message has got with several people.

use tidings_device::Receipts;

/// A message's receipts in one line.
#[must_use]
pub fn read_by(receipts: &Receipts) -> String {
    let total = receipts.total();
    let read = receipts.read.len();
    let reached = read + receipts.delivered.len();
    match (read, reached) {
        _ if total == 0 => "There was nobody else to read it".to_owned(),
        (read, _) if read == total => "Read by everybody".to_owned(),
        (0, 0) => format!("Not delivered to any of {total} yet"),
        (0, reached) => format!("Delivered to {reached} of {total}"),
        (read, _) => format!("Read by {read} of {total}"),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{AccountRole, DisplayName, User, UserId, Username};
    use uuid::Uuid;

    use super::*;

    fn people(count: usize) -> Vec<User> {
        let user = User {
            id: UserId(Uuid::from_u128(1)),
            username: Username::new("ana").unwrap(),
            display_name: DisplayName::new("Ana").unwrap(),
            role: AccountRole::Staff,
            active: true,
            last_seen: None,
        };
        vec![user; count]
    }

    #[test]
    fn the_farthest_that_it_got_is_counted() {
        let said = |read, delivered, waiting| {
            read_by(&Receipts {
                read: people(read),
                delivered: people(delivered),
                waiting: people(waiting),
            })
        };
        assert_eq!(said(0, 0, 5), "Not delivered to any of 5 yet");
        assert_eq!(said(0, 2, 3), "Delivered to 2 of 5");
        assert_eq!(said(3, 1, 1), "Read by 3 of 5");
        assert_eq!(said(5, 0, 0), "Read by everybody");
        assert_eq!(said(0, 0, 0), "There was nobody else to read it");
    }
}
