//! Demo data: an organisation that has used Tidings for some weeks.
//!
//! Who works there and whom they serve stands here; what they said stands in the scripts beside it. The same
//! database time gives the same data, ids included.

mod script;

use std::collections::HashMap;

use futures_util::FutureExt;
use tidings_protocol::{
    AccountRole, Body, Client, ClientId, DisplayName, Event, History, LocalId, Member, MemberRole, Message,
    MessageId, Seq, TextError, Thread, ThreadId, ThreadKind, Timestamp, Title, User, UserId, Username,
};
use uuid::Builder;

use crate::{
    service::{Error, Service, direct_key},
    store::{Audience, Tx, clients, messages, threads, users},
};
use script::Conversation;

/// The password of all demo accounts.
pub const PASSWORD: &str = "tidings-demo";

/// Two accounts to try it with, in two browsers: username and name.
pub const TRY_AS: [(&str, &str); 2] = [("ana", "Ana Ferreira"), ("ben", "Ben Whitlock")];

const PEOPLE: [(&str, &str, AccountRole); 10] = [
    ("ana", "Ana Ferreira", AccountRole::Owner),
    ("ben", "Ben Whitlock", AccountRole::Admin),
    ("chidi", "Chidi Okonkwo", AccountRole::Staff),
    ("dara", "Dara Singh", AccountRole::Staff),
    ("elif", "Elif Yıldız", AccountRole::Staff),
    ("farid", "Farid Haddad", AccountRole::Staff),
    ("gwen", "Gwen Pritchard", AccountRole::Staff),
    ("hugo", "Hugo Lindqvist", AccountRole::Staff),
    ("ines", "Inês Carvalho", AccountRole::Staff),
    ("jonas", "Jonas Weber", AccountRole::Staff),
];

/// The word for it in the scripts, name, reference, note.
const CLIENTS: [(&str, &str, &str, &str); 4] = [
    (
        "Marlow",
        "The Marlow family",
        "F-117",
        "Ruth and Toby (6). Contact visits on Thursdays. Toby draws.",
    ),
    (
        "Osei",
        "Osei household",
        "F-204",
        "Grandmother with the twins Abena and Kofi (6). Lunch is not at one.",
    ),
    (
        "Nasser",
        "Amira Nasser",
        "F-219",
        "With Yusuf (9) and Lina (5). Moving to Linden Street.",
    ),
    (
        "Blum",
        "Teodor Blum",
        "S-031",
        "Lives alone, third floor. Chess on Tuesdays, no fish.",
    ),
];

/// The script's word for a thread without a client.
const INTERNAL: &str = "internal";

/// When the accounts and records were made, before the first word was said.
const FOUNDED_BEFORE: std::time::Duration = std::time::Duration::from_secs(40 * 24 * 3600);

/// Fills an empty database. False, and nothing is changed, when there are accounts already.
///
/// # Errors
/// When the database fails.
pub async fn fill(service: &Service) -> Result<bool, Error> {
    let password_hash = service.hash_password(PASSWORD).await?;
    let conversations = script::parse(include_str!("demo/with_clients.txt"))
        .chain(script::parse(include_str!("demo/internal.txt")))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::Internal)?;
    service
        .write(move |tx| {
            async move {
                if users::any(tx).await? {
                    return Ok(false);
                }
                write(tx, &password_hash, &conversations).await?;
                Ok(true)
            }
            .boxed()
        })
        .await
}

async fn write(tx: &mut Tx, password_hash: &str, conversations: &[Conversation]) -> Result<(), Error> {
    let now = tx.now();
    let spoke = last_words(conversations, now);
    let mut ids = Ids::new(now - FOUNDED_BEFORE);
    let mut people = HashMap::new();
    for (minutes, (username, display_name, role)) in (0_u32..).zip(PEOPLE) {
        let looked_in = now - script::MINUTE * (12 + 47 * minutes);
        let user = User {
            id: UserId(ids.next()),
            username: Username::new(username).map_err(broken)?,
            display_name: DisplayName::new(display_name).map_err(broken)?,
            role,
            active: true,
            last_seen: spoke.get(username).copied().max(Some(looked_in)),
        };
        users::insert(tx, &user, password_hash).await?;
        people.insert(username, user);
    }
    let mut records = HashMap::new();
    for (word, name, reference, note) in CLIENTS {
        let client = Client {
            id: ClientId(ids.next()),
            name: name.to_owned(),
            reference: Some(reference.to_owned()),
            note: Some(note.to_owned()),
            archived: false,
        };
        clients::insert(tx, &client).await?;
        records.insert(word, client);
    }
    let mut history = Vec::new();
    for conversation in conversations {
        let find = |name: &String| people.get(name.as_str()).ok_or_else(|| unknown(name));
        let members = conversation
            .members
            .iter()
            .map(find)
            .collect::<Result<Vec<_>, _>>()?;
        let client = match conversation.client.as_str() {
            INTERNAL => None,
            word => Some(records.get(word).ok_or_else(|| unknown(word))?),
        };
        history.extend(write_thread(tx, &mut ids, conversation, &members, client).await?);
    }
    messages::insert_history(tx, &mut history).await?;
    Ok(())
}

/// Makes a thread, and gives what was said in it.
async fn write_thread(
    tx: &mut Tx,
    ids: &mut Ids,
    conversation: &Conversation,
    members: &[&User],
    client: Option<&Client>,
) -> Result<Vec<Message>, Error> {
    let times = conversation.times(tx.now());
    let id = ThreadId(ids.next());
    let mut history = Vec::new();
    for ((seq, line), sent_at) in (1..).zip(&conversation.lines).zip(times) {
        let sender = members.iter().find(|member| member.username.as_str() == line.by);
        history.push(Message {
            id: MessageId(ids.next()),
            thread: id,
            seq: Seq(seq),
            sender: sender.ok_or_else(|| unknown(&line.by))?.id,
            local_id: LocalId(ids.next()),
            content: Body::new(&line.text).map_err(broken)?.into(),
            reply_to: None,
            forwarded: false,
            sent_at,
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            revision: 0,
        });
    }
    let client_id = client.map(|client| client.id);
    let (kind, key) = match members {
        [one, other] => (ThreadKind::Direct, Some(direct_key(one.id, other.id, client_id))),
        _ => (ThreadKind::Group, None),
    };
    let thread = Thread {
        id,
        kind,
        title: conversation
            .title
            .as_deref()
            .map(Title::new)
            .transpose()
            .map_err(broken)?,
        history: History::default(),
        client: client_id,
        members: members
            .iter()
            .enumerate()
            .map(|(place, member)| Member {
                role: match (kind, place) {
                    (ThreadKind::Group, 0) => MemberRole::Owner,
                    (ThreadKind::Group, _) | (ThreadKind::Direct, _) => MemberRole::Member,
                },
                ..marked(member, conversation, &history)
            })
            .collect(),
        created_at: history
            .first()
            .map_or(tx.now(), |message| message.sent_at - script::MINUTE),
    };
    threads::insert(tx, &thread, key.as_deref()).await?;
    let opened = Event::ThreadOpened {
        thread,
        users: members.iter().map(|member| (*member).clone()).collect(),
        client: client.cloned(),
    };
    tx.emit(Audience::Thread(id), opened);
    for message in &history {
        let message = message.clone();
        tx.emit(Audience::Thread(id), Event::MessageSent { message });
    }
    Ok(history)
}

/// When each person last said something, seen from `now`: nobody was last seen before that.
fn last_words(conversations: &[Conversation], now: Timestamp) -> HashMap<&str, Timestamp> {
    let mut last = HashMap::new();
    for conversation in conversations {
        for (line, at) in conversation.lines.iter().zip(conversation.times(now)) {
            let known = last.entry(line.by.as_str()).or_insert(at);
            *known = at.max(*known);
        }
    }
    last
}

/// A member who has read all but what the script says.
fn marked(user: &User, conversation: &Conversation, history: &[Message]) -> Member {
    let name = user.username.as_str();
    let end = Seq(history.last().map_or(0, |message| message.seq.0));
    let mut from_others = history.iter().rev().filter(|message| message.sender != user.id);
    let before = |message: &Message| Seq(message.seq.0 - 1);
    let (read_seq, delivered_seq) = match &conversation.unread {
        Some(unread) if unread.by == name => {
            let read = unread
                .count
                .checked_sub(1)
                .and_then(|n| from_others.nth(n))
                .map_or(end, before);
            (read, if unread.delivered { end } else { read })
        }
        _ => (end, end),
    };
    Member {
        user: user.id,
        role: MemberRole::Member,
        read_seq,
        delivered_seq,
        joined: Seq::ZERO,
    }
}

/// Ids that sort in the order in which they were asked for and are the same each time.
struct Ids {
    at: u64,
    count: u64,
}

impl Ids {
    fn new(at: Timestamp) -> Self {
        Self {
            at: u64::try_from(at.0).unwrap_or(0),
            count: 0,
        }
    }

    fn next(&mut self) -> uuid::Uuid {
        self.count += 1;
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&self.count.to_be_bytes());
        Builder::from_unix_timestamp_millis(self.at, &bytes).into_uuid()
    }
}

fn unknown(name: &str) -> Error {
    Error::Internal(format!("the demo script names {name}, who is not in the list"))
}

fn broken(error: TextError) -> Error {
    Error::Internal(format!("demo data: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_in_the_list_are_those_to_try_it_as() {
        let first: Vec<_> = PEOPLE
            .iter()
            .take(2)
            .map(|(username, name, _)| (*username, *name))
            .collect();
        assert_eq!(first, TRY_AS);
    }

    #[test]
    fn ids_ascend() {
        let mut ids = Ids::new(Timestamp(1_794_000_000_000));
        let all: Vec<_> = (0..300).map(|_| ids.next()).collect();
        assert!(all.is_sorted() && all.iter().all(|id| id.get_version_num() == 7));
    }
}
