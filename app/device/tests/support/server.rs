//! A server that fits in a hand: one log, messages stored once, resume or snapshot. It checks nothing a device could
//! get wrong except the order and number of what it stores.

use std::collections::BTreeMap;

use tidings_protocol::{
    ApiError, Command, Content, ErrorCode, Event, LocalId, Message, MessageId, Page, Position, Presences,
    Reply, Rewound, Seq, SmartReplySettings, Snapshot, Thread, ThreadId, ThreadSettings, ThreadView,
    Timestamp, User, UserId,
    command::{
        Anchor, DeleteMessage, EditMessage, LoadMessages, MarkRead, MarkUnread, SendMessage,
        SetThreadSettings,
    },
    limits,
    mention::Mentions,
    message::set_reaction,
    reply::{ReadMark, SettingsMark},
};

use super::{NOON, epoch, session, user, uuid};

#[derive(Clone, Debug)]
struct Stored {
    thread: Thread,
    messages: Vec<Message>,
    /// Own read marks that were taken back.
    rewound: BTreeMap<UserId, Rewound>,
    settings: BTreeMap<UserId, SettingsMark>,
}

impl Stored {
    fn new(thread: Thread) -> Self {
        Self {
            thread,
            messages: Vec::new(),
            rewound: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    fn last(&self) -> Seq {
        Seq(self.messages.len() as i64)
    }

    /// A member's own read mark, and how often it was taken back.
    fn own(&self, user: UserId) -> (Seq, u32) {
        match self.rewound.get(&user) {
            Some(rewound) => (rewound.seq, rewound.rewinds),
            None => (self.thread.member(user).unwrap().read_seq, 0),
        }
    }
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
                .map(|thread| (thread.id, Stored::new(thread)))
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
        self.threads.insert(thread.id, Stored::new(thread));
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
            Command::MarkUnread(mark) => self.mark_unread(caller, &mark).map(Reply::from),
            Command::SetThreadSettings(set) => self.set_settings(caller, &set).map(Reply::from),
            Command::LoadMessages(load) => self.load(caller, &load).map(Reply::from),
            Command::EditMessage(edit) => {
                let EditMessage { thread, seq, body } = edit;
                self.change(caller, thread, seq, true, |message| message.content = body.into())
            }
            Command::DeleteMessage(DeleteMessage { thread, seq }) => {
                self.change(caller, thread, seq, true, |message| {
                    message.content = Content::Deleted;
                    message.reactions.clear();
                })
            }
            Command::React(react) => self.change(caller, react.thread, react.seq, false, |message| {
                set_reaction(&mut message.reactions, &react.emoji, caller, react.on);
            }),
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
                (send.thread, send.text()),
                "a local id means one message"
            );
            let messages = &self.threads[&first.thread].messages;
            return Ok(messages[first.seq.0 as usize - 1].clone());
        }
        let number = self.head() + 1;
        let stored = self.member(caller, send.thread)?;
        let message = Message {
            id: MessageId(uuid(0x7_0000 + u128::from(number))),
            thread: send.thread,
            seq: stored.messages.last().map_or(Seq(1), |last| last.seq.next()),
            sender: caller,
            local_id: send.local_id,
            content: Content::new(send.body, Vec::new()).unwrap(),
            reply_to: None,
            forwarded: false,
            sent_at: Timestamp(NOON.0 + i64::try_from(number).unwrap()),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
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

    /// Changes a message, if that is for the caller to do. What was deleted stays like that, and says so.
    fn change(
        &mut self,
        caller: UserId,
        thread: ThreadId,
        seq: Seq,
        own: bool,
        change: impl FnOnce(&mut Message),
    ) -> Result<Reply, ApiError> {
        let stored = self.member(caller, thread)?;
        let audience = members(&stored.thread);
        let index = usize::try_from(seq.0 - 1).unwrap_or(usize::MAX);
        let known = stored.messages.get_mut(index);
        let known = known.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such message."))?;
        if own && known.sender != caller {
            return Err(ApiError::new(ErrorCode::Forbidden, "It is not yours."));
        }
        let mut message = known.clone();
        change(&mut message);
        let is_the_same = message.content == known.content && message.reactions == known.reactions;
        if known.content == Content::Deleted && !is_the_same {
            return Err(ApiError::new(ErrorCode::Gone, "This message was deleted."));
        }
        if message != *known {
            message.revision += 1;
            *known = message.clone();
            let told = message.clone();
            self.log.push((audience, Event::MessageChanged { message: told }));
        }
        Ok(message.into())
    }

    fn mark_read(&mut self, caller: UserId, mark: &MarkRead) -> Result<ReadMark, ApiError> {
        let stored = self.member(caller, mark.thread)?;
        let audience = members(&stored.thread);
        let seq = mark.seq.min(stored.last());
        let (own, rewinds) = stored.own(caller);
        let known = stored
            .thread
            .members
            .iter_mut()
            .find(|member| member.user == caller);
        let known = known.unwrap();
        let is_news = seq > known.read_seq;
        known.read_seq = known.read_seq.max(seq);
        known.delivered_seq = known.delivered_seq.max(known.read_seq);
        let moved = seq > own && mark.rewinds.is_none_or(|told| told >= rewinds);
        if moved && let Some(rewound) = stored.rewound.get_mut(&caller) {
            rewound.seq = seq;
        }
        let thread = mark.thread;
        if is_news {
            let user = caller;
            self.log
                .push((audience, Event::MessagesRead { thread, user, seq }));
        }
        let mark = self.own_mark(caller, thread);
        if moved {
            self.log.push((vec![caller], Event::UnreadChanged { mark }));
        }
        Ok(mark)
    }

    fn mark_unread(&mut self, caller: UserId, mark: &MarkUnread) -> Result<ReadMark, ApiError> {
        let stored = self.member(caller, mark.thread)?;
        let (own, rewinds) = stored.own(caller);
        let seq = Seq(mark.seq.0 - 1);
        let thread = mark.thread;
        if seq < own && mark.rewinds.is_none_or(|told| told == rewinds) {
            let rewinds = rewinds + 1;
            stored.rewound.insert(caller, Rewound { seq, rewinds });
            let mentions = self.mentions(caller, thread);
            let mark = self.own_mark(caller, thread);
            self.log
                .push((vec![caller], Event::MarkedUnread { mark, mentions }));
        }
        Ok(self.own_mark(caller, thread))
    }

    fn own_mark(&self, user: UserId, thread: ThreadId) -> ReadMark {
        let (seq, rewinds) = self.threads[&thread].own(user);
        ReadMark {
            thread,
            seq,
            unread: self.unread(user, thread),
            rewinds,
        }
    }

    fn set_settings(&mut self, caller: UserId, set: &SetThreadSettings) -> Result<SettingsMark, ApiError> {
        let thread = set.thread;
        let mark = self.settings(caller, thread);
        self.member(caller, thread)?;
        if mark.settings == set.settings {
            return Ok(mark);
        }
        let mark = SettingsMark {
            settings: set.settings,
            revision: mark.revision + 1,
            ..mark
        };
        self.member(caller, thread)?.settings.insert(caller, mark);
        self.log
            .push((vec![caller], Event::ThreadSettingsChanged { mark }));
        Ok(mark)
    }

    pub fn settings(&self, user: UserId, thread: ThreadId) -> SettingsMark {
        let known = self
            .threads
            .get(&thread)
            .and_then(|stored| stored.settings.get(&user));
        known.copied().unwrap_or(SettingsMark {
            thread,
            settings: ThreadSettings::default(),
            revision: 0,
        })
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
        let (read, _) = stored.own(user);
        let unread = stored
            .messages
            .iter()
            .filter(|message| message.seq > read && message.sender != user && message.counts());
        unread.count() as u32
    }

    pub fn mentions(&self, user: UserId, thread: ThreadId) -> Vec<Seq> {
        let Thread { kind, .. } = self.threads[&thread].thread;
        let stored = &self.threads[&thread];
        let (read, _) = stored.own(user);
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
            smart_replies: SmartReplySettings::default(),
            users: self.users.clone(),
            clients: Vec::new(),
            threads: threads
                .map(|stored| ThreadView {
                    thread: stored.thread.clone(),
                    last_seq: Seq(stored.messages.len() as i64),
                    last_message: stored.messages.last().cloned(),
                    unread: self.unread(user, stored.thread.id),
                    mentions: self.mentions(user, stored.thread.id),
                    rewound: stored.rewound.get(&user).copied(),
                    settings: self.settings(user, stored.thread.id).settings,
                    settings_revision: self.settings(user, stored.thread.id).revision,
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
