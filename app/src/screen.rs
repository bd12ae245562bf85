//! What an address shows, and what its page asks the server first.
//!
//! The server answers these questions while it renders, so that a page is complete before it has a connection. Each
//! must be the one that the page itself asks; `tests/render.rs` compares.

use tidings_protocol::{
    ClientId, Command, Seq, ThreadId,
    command::{ListDeletions, ListInvites, ListUsers, LoadPush, SearchClients, SearchPeople},
};

/// A place in the interface of a signed-in person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A thread, at the message that the address names.
    Thread(ThreadId, Option<Seq>),
    /// The search for people.
    People,
    /// The form for a new group.
    NewGroup,
    /// The search for clients.
    Clients,
    /// A client's record.
    Client(ClientId),
    /// Accounts and invitations.
    Admin,
    /// One's own account.
    Settings,
    /// Any that asks nothing.
    Other,
}

impl Screen {
    /// What an address shows: its path, and what its query says of it.
    #[must_use]
    pub fn at(path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let at = || {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix("at=")?.parse().ok().map(Seq))
        };
        let mut parts = path.trim_matches('/').split('/');
        let screen = match (parts.next(), parts.next()) {
            (Some("threads"), Some(id)) => id.parse().ok().map(|thread| Self::Thread(thread, at())),
            (Some("clients"), Some(id)) => id.parse().ok().map(Self::Client),
            (Some("clients"), None) => Some(Self::Clients),
            (Some("people"), None) => Some(Self::People),
            (Some("groups"), Some("new")) => Some(Self::NewGroup),
            (Some("admin"), None) => Some(Self::Admin),
            (Some("settings"), None) => Some(Self::Settings),
            _ => None,
        };
        screen.filter(|_| parts.next().is_none()).unwrap_or(Self::Other)
    }

    /// The thread that is open.
    #[must_use]
    pub fn thread(self) -> Option<ThreadId> {
        match self {
            Self::Thread(thread, _) => Some(thread),
            Self::People
            | Self::NewGroup
            | Self::Clients
            | Self::Client(_)
            | Self::Admin
            | Self::Settings
            | Self::Other => None,
        }
    }

    /// The message of that thread that is to be shown.
    #[must_use]
    pub fn message(self) -> Option<Seq> {
        match self {
            Self::Thread(_, at) => at,
            Self::People
            | Self::NewGroup
            | Self::Clients
            | Self::Client(_)
            | Self::Admin
            | Self::Settings
            | Self::Other => None,
        }
    }

    /// What its page asks first.
    #[must_use]
    pub fn questions(self) -> Vec<Command> {
        match self {
            Self::People | Self::NewGroup => vec![everyone().into(), all_clients().into()],
            Self::Clients => vec![all_clients().into()],
            Self::Client(client) => vec![one_client(Some(client)).into()],
            Self::Admin => vec![
                ListUsers {}.into(),
                ListInvites {}.into(),
                ListDeletions {}.into(),
            ],
            Self::Settings => vec![LoadPush {}.into()],
            Self::Thread(..) | Self::Other => Vec::new(),
        }
    }
}

fn everyone() -> SearchPeople {
    SearchPeople { text: String::new() }
}

/// The clients that a new thread can be about.
#[must_use]
pub fn all_clients() -> SearchClients {
    SearchClients {
        text: String::new(),
        archived: false,
    }
}

/// A client that may be known to nobody's thread; without an id, one that isn't there.
#[must_use]
pub fn one_client(client: Option<ClientId>) -> SearchClients {
    SearchClients {
        text: client.map(|client| client.to_string()).unwrap_or_default(),
        archived: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a7c4-0000-7000-8000-000000000001";

    #[test]
    fn an_address_shows_what_it_names() {
        let thread = Screen::Thread(ID.parse().unwrap(), None);
        assert_eq!(Screen::at(&format!("/threads/{ID}")), thread);
        assert_eq!(Screen::at(&format!("/threads/{ID}/")), thread);
        let message = Screen::Thread(ID.parse().unwrap(), Some(Seq(7)));
        assert_eq!(Screen::at(&format!("/threads/{ID}?at=7&q=x")), message);
        assert_eq!(Screen::at(&format!("/threads/{ID}?at=x")), thread);
        assert_eq!(
            Screen::at(&format!("/clients/{ID}")),
            Screen::Client(ID.parse().unwrap())
        );
        assert_eq!(Screen::at("/clients"), Screen::Clients);
        assert_eq!(Screen::at("/people"), Screen::People);
        assert_eq!(Screen::at("/groups/new?client=x"), Screen::NewGroup);
        assert_eq!(Screen::at("/admin"), Screen::Admin);
        assert_eq!(Screen::at("/settings"), Screen::Settings);
    }

    #[test]
    fn an_address_that_names_nothing_asks_nothing() {
        for path in [
            "/",
            "",
            "/threads/none",
            "/clients/none",
            "/settings/x",
            "/people/x",
            "/groups",
            "//",
        ] {
            assert_eq!(Screen::at(path), Screen::Other, "{path}");
        }
        assert_eq!(Screen::at(&format!("/threads/{ID}/group")), Screen::Other);
        assert!(Screen::Other.questions().is_empty());
    }
}
