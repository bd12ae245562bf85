//! What a filter can be completed with, from the person's own threads.

use tidings_device::ThreadRow;
use tidings_protocol::{
    User,
    search::{Attached, Filter, Typing, quoted},
};

use crate::wording::thread_name;

/// Most that are offered at once.
const MOST: usize = 6;

/// A way to complete a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is called.
    pub label: String,
    /// What tells it from others that are called the same.
    pub detail: String,
    /// What stands in the search box with it.
    pub text: String,
}

/// What can stand in the place of the filter that is being written. Days are chosen elsewhere.
#[must_use]
pub fn offers(typing: &Typing<'_>, me: &User, threads: &[ThreadRow]) -> Vec<Offer> {
    let sought = typing.value.trim().to_lowercase();
    let mut all: Vec<(String, String, String)> = match typing.filter {
        Filter::From => {
            let others = threads.iter().flat_map(|row| &row.others);
            let mut people: Vec<_> = others.map(person).collect();
            people.push(("Me".to_owned(), me.username.as_str().to_owned(), "me".to_owned()));
            people
        }
        Filter::In => threads
            .iter()
            .map(|row| {
                let about = row.client.as_ref().map(|client| client.name.clone());
                let value = match (&row.title, &row.others[..]) {
                    (Some(title), _) => quoted(title.as_str()),
                    (None, [other]) => quoted(other.display_name.as_str()),
                    (None, _) => row.id.to_string(),
                };
                (
                    thread_name(row.title.as_ref(), &row.others),
                    about.unwrap_or_default(),
                    value,
                )
            })
            .collect(),
        Filter::Client => threads
            .iter()
            .filter_map(|row| row.client.as_ref())
            .map(|client| {
                let reference = client.reference.clone().unwrap_or_default();
                (client.name.clone(), reference, quoted(&client.name))
            })
            .collect(),
        Filter::Has => Attached::ALL
            .into_iter()
            .map(|attached| {
                (
                    attached.word().to_owned(),
                    String::new(),
                    attached.word().to_owned(),
                )
            })
            .collect(),
        Filter::Before | Filter::After => Vec::new(),
    };
    all.retain(|(label, detail, _)| {
        label.to_lowercase().contains(&sought) || detail.to_lowercase().contains(&sought)
    });
    all.sort();
    // Threads with one person about several clients are all meant by that person's name.
    all.dedup_by(|a, b| a.2 == b.2);
    all.into_iter()
        .take(MOST)
        .map(|(label, detail, value)| Offer {
            label,
            detail,
            text: format!("{}{}:{value} ", typing.before, typing.filter.word()),
        })
        .collect()
}

fn person(user: &User) -> (String, String, String) {
    let username = user.username.as_str().to_owned();
    (user.display_name.as_str().to_owned(), username.clone(), username)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{
        AccountRole, Client, ClientId, DisplayName, ThreadId, ThreadKind, Timestamp, UserId, Username,
        search::typing,
    };
    use uuid::Uuid;

    use super::*;

    fn user(id: u128, username: &str, name: &str) -> User {
        User {
            id: UserId(Uuid::from_u128(id)),
            username: Username::new(username).unwrap(),
            display_name: DisplayName::new(name).unwrap(),
            role: AccountRole::Staff,
            active: true,
            last_seen: None,
        }
    }

    fn row(id: u128, others: &[User], client: Option<&str>) -> ThreadRow {
        ThreadRow {
            id: ThreadId(Uuid::from_u128(id)),
            kind: ThreadKind::Direct,
            title: None,
            history: Default::default(),
            role: None,
            client: client.map(|name| Client {
                id: ClientId(Uuid::from_u128(id)),
                name: name.to_owned(),
                reference: None,
                note: None,
                archived: false,
            }),
            others: others.to_vec(),
            last: None,
            active_at: Timestamp(0),
            unread: 0,
            mentioned: 0,
            settings: Default::default(),
        }
    }

    fn texts(text: &str) -> Vec<String> {
        let (ben, elif) = (user(2, "ben", "Ben Whitlock"), user(3, "elif", "Elif Yıldız"));
        let threads = [
            row(10, std::slice::from_ref(&ben), Some("The Marlow family")),
            row(11, &[ben], None),
            row(12, &[elif], None),
        ];
        let me = user(1, "ana", "Ana Ferreira");
        let offers = offers(&typing(text).unwrap(), &me, &threads);
        offers.into_iter().map(|offer| offer.text).collect()
    }

    #[test]
    fn people_are_offered_once_by_name_or_username() {
        assert_eq!(texts("from:"), ["from:ben ", "from:elif ", "from:me "]);
        assert_eq!(texts("hello from:whit"), ["hello from:ben "]);
        assert_eq!(texts("from:\"elif Y"), ["from:elif "]);
        assert_eq!(texts("from:zoe"), [""; 0]);
    }

    #[test]
    fn what_has_several_words_is_offered_in_quotes() {
        assert_eq!(texts("in:ben"), ["in:\"Ben Whitlock\" "]);
        assert_eq!(texts("client:mar"), ["client:\"The Marlow family\" "]);
    }

    #[test]
    fn what_can_be_attached_is_offered() {
        assert_eq!(texts("has:"), ["has:file ", "has:image ", "has:voice "]);
        assert_eq!(texts("before:"), [""; 0]);
    }
}
