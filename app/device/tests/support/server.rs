//! A server that fits in a hand: one log, messages stored once, resume or snapshot. It checks nothing a device could
//! get wrong except the order and number of what it stores.

use std::collections::BTreeMap;

use tidings_protocol::{
    ApiError, Command, ErrorCode, Event, LocalId, Message, MessageId, Page, Position, Presences, Reply, Seq,
    Snapshot, Thread, ThreadId, ThreadView, Timestamp, User, UserId,
    command::{Anchor, LoadMessages, MarkRead, SendMessage},
    limits,
    mention::Mentions,
    reply::ReadMark,
};

use super::{NOON, epoch, session, user, uuid};

#[derive(Clone, Debug)]
struct Stored {
    thread: Thread,
    messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub struct Server {
    users: Vec<User>,
    threads: BTreeMap<ThreadId, Stored>,
    by_local_id: BTreeMap<(UserId, LocalId), Message>,
    /// Events with their audiences; the offset of an event is its index plus one.
    log: Vec<(Vec<UserId>, Event)>,
    /// Offsets up to here can't be resumed from any more.
    pub pruned: u64,
    pub epoch: u128,
}

impl Server {
    pub fn new(people: u128, threads: Vec<Thread>) -> Self {
        Self {
            users: (1..=people).map(user).collect(),
            threads: threads
                .into_iter()
                .map(|thread| {
                    let messages = Vec::new();
                    (thread.id, Stored { thread, messages })
                })
                .collect(),
            by_local_id: BTreeMap::new(),
            log: Vec::new(),
            pruned: 0,
            epoch: 1,
        }
    }

    pub fn head(&self) -> u64 {
        self.log.len() as u64
    }

    pub fn position(&self, offset: u64) -> Position {
        Position {
            epoch: epoch(self.epoch),
            offset,
        }
    }

    pub fn messages(&self, thread: ThreadId) -> &[Message] {
        &self.threads[&thread].messages
    }

    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.values().map(|stored| &stored.thread)
    }

    pub fn open_thread(&mut self, thread: Thread) {
        let audience = members(&thread);
        let users = self
            .users
            .iter()
            .filter(|user| audience.contains(&user.id))
            .cloned();
        let event = Event::ThreadOpened {
            thread: thread.clone(),
            users: users.collect(),
            client: None,
        };
        let messages = Vec::new();
        self.threads.insert(thread.id, Stored { thread, messages });
        self.log.push((audience, event));
    }

    pub fn rename(&mut self, user: UserId, name: &str) {
        let known = self.users.iter_mut().find(|known| known.id == user).unwrap();
        known.display_name = tidings_protocol::DisplayName::new(name).unwrap();
        let event = Event::UserChanged { user: known.clone() };
        let everyone = self.users.iter().map(|user| user.id).collect();
        self.log.push((everyone, event));
    }

    pub fn call(&mut self, caller: UserId, command: Command) -> Result<Reply, ApiError> {
        match command {
            Command::SendMessage(send) => self.send(caller, send).map(Reply::from),
            Command::MarkRead(mark) => self.mark_read(caller, &mark).map(Reply::from),
            Command::LoadMessages(load) => self.load(caller, &load).map(Reply::from),
            _ => Err(ApiError::new(
                ErrorCode::BadRequest,
                "This server is too small for that.",
            )),
        }
    }

    fn member(&mut self, caller: UserId, thread: ThreadId) -> Result<&mut Stored, ApiError> {
        let stored = self
            .threads
            .get_mut(&thread)
            .filter(|stored| stored.thread.member(caller).is_some());
        stored.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such thread."))
    }

    fn send(&mut self, caller: UserId, send: SendMessage) -> Result<Message, ApiError> {
        if let Some(first) = self.by_local_id.get(&(caller, send.local_id)) {
            assert_eq!(
                (first.thread, first.content.text()),
                (send.thread, send.body.as_str()),
                "a local id means one message"
            );
            return Ok(first.clone());
        }
        let number = self.head() + 1;
        let stored = self.member(caller, send.thread)?;
        let message = Message {
            id: MessageId(uuid(0x7_0000 + u128::from(number))),
            thread: send.thread,
            seq: stored.messages.last().map_or(Seq(1), |last| last.seq.next()),
            sender: caller,
            local_id: send.local_id,
            content: send.body.into(),
            reply_to: None,
            sent_at: Timestamp(NOON.0 + i64::try_from(number).unwrap()),
            edited_at: None,
            reactions: Vec::new(),
            revision: 0,
        };
        stored.messages.push(message.clone());
        let audience = members(&stored.thread);
        self.by_local_id.insert((caller, send.local_id), message.clone());
        self.log.push((
            audience,
            Event::MessageSent {
                message: message.clone(),
            },
        ));
        Ok(message)
    }

    fn mark_read(&mut self, caller: UserId, mark: &MarkRead) -> Result<ReadMark, ApiError> {
        let stored = self.member(caller, mark.thread)?;
        let audience = members(&stored.thread);
        let last = Seq(stored.messages.len() as i64);
        let known = stored
            .thread
            .members
            .iter_mut()
            .find(|member| member.user == caller)
            .unwrap();
        let moved = mark.seq.min(last) > known.read_seq;
        known.read_seq = known.read_seq.max(mark.seq.min(last));
        known.delivered_seq = known.delivered_seq.max(known.read_seq);
        let seq = known.read_seq;
        let mark = ReadMark {
            thread: mark.thread,
            seq,
            unread: self.unread(caller, mark.thread),
        };
        if moved {
            let thread = mark.thread;
            let user = caller;
            self.log
                .push((audience, Event::MessagesRead { thread, user, seq }));
            self.log.push((vec![caller], Event::UnreadChanged { mark }));
        }
        Ok(mark)
    }

    pub fn mark_delivered(&mut self, user: UserId, thread: ThreadId, seq: Seq) {
        let stored = self.threads.get_mut(&thread).unwrap();
        let audience = members(&stored.thread);
        let known = stored
            .thread
            .members
            .iter_mut()
            .find(|member| member.user == user)
            .unwrap();
        if seq > known.delivered_seq {
            known.delivered_seq = seq;
            self.log
                .push((audience, Event::MessagesDelivered { thread, user, seq }));
        }
    }

    fn load(&mut self, caller: UserId, load: &LoadMessages) -> Result<Page, ApiError> {
        let stored = self.member(caller, load.thread)?;
        let limit = load.limit.min(limits::PAGE_MESSAGES) as usize;
        let all = &stored.messages;
        let range = match load.from {
            Anchor::Latest => all.len().saturating_sub(limit)..all.len(),
            Anchor::Before { seq } => {
                let end = (seq.0 - 1).clamp(0, all.len() as i64) as usize;
                end.saturating_sub(limit)..end
            }
            Anchor::After { seq } => {
                let start = (seq.0 as usize).min(all.len());
                start..(start + limit).min(all.len())
            }
            Anchor::Around { seq } => {
                let end = seq.0.saturating_add(limit as i64 / 2).clamp(0, all.len() as i64) as usize;
                end.saturating_sub(limit)..end.max(limit.min(all.len()))
            }
        };
        Ok(Page {
            thread: load.thread,
            messages: all[range].to_vec(),
            last_seq: Seq(all.len() as i64),
        })
    }

    pub fn unread(&self, user: UserId, thread: ThreadId) -> u32 {
        let stored = &self.threads[&thread];
        let read = stored.thread.member(user).unwrap().read_seq;
        let unread = stored
            .messages
            .iter()
            .filter(|message| message.seq > read && message.sender != user);
        unread.count() as u32
    }

    pub fn mentions(&self, user: UserId, thread: ThreadId) -> Vec<Seq> {
        let Thread { kind, .. } = self.threads[&thread].thread;
        let stored = &self.threads[&thread];
        let read = stored.thread.member(user).unwrap().read_seq;
        let username = &self.users.iter().find(|known| known.id == user).unwrap().username;
        let unread = stored
            .messages
            .iter()
            .filter(|message| message.seq > read && message.sender != user);
        unread
            .filter(|message| Mentions::in_content(&message.content).address(username, kind))
            .map(|message| message.seq)
            .collect()
    }

    /// What `user` may see, with a position that was read before the data.
    pub fn snapshot(&self, user: UserId, offset: u64) -> Snapshot {
        let threads = self
            .threads
            .values()
            .filter(|stored| stored.thread.member(user).is_some());
        Snapshot {
            position: self.position(offset),
            taken_at: NOON,
            me: self.users.iter().find(|known| known.id == user).unwrap().clone(),
            session: session(1),
            users: self.users.clone(),
            clients: Vec::new(),
            threads: threads
                .map(|stored| ThreadView {
                    thread: stored.thread.clone(),
                    last_seq: Seq(stored.messages.len() as i64),
                    last_message: stored.messages.last().cloned(),
                    unread: self.unread(user, stored.thread.id),
                    mentions: self.mentions(user, stored.thread.id),
                })
                .collect(),
            presences: Presences::default(),
        }
    }

    /// The events after `offset` that `user` may see, with their offsets.
    pub fn after(&self, user: UserId, offset: u64) -> Vec<(u64, Event)> {
        let rows = self.log.iter().enumerate().skip(offset as usize);
        rows.filter(|(_, (audience, _))| audience.contains(&user))
            .map(|(index, (_, event))| (index as u64 + 1, event.clone()))
            .collect()
    }

    pub fn can_resume(&self, position: Position) -> bool {
        position.epoch == epoch(self.epoch)
            && position.offset >= self.pruned
            && position.offset <= self.head()
    }
}

fn members(thread: &Thread) -> Vec<UserId> {
    thread.members.iter().map(|member| member.user).collect()
}
