//! The read side of [`Device`]: plain values for a screen.

use std::cmp::Reverse;

use tidings_protocol::{
    Client, ClientId, Content, Member, Message, NotifyLevel, Position, Presence, Seq, SessionId,
    SmartReplySettings, ThreadId, Timestamp, User, UserId, presence::UserPresence,
};

use crate::{
    Device,
    conversation::Conversation,
    io::{Amendment, Banner, Unsent, Which},
    timeline,
    view::{Connection, LastMessage, Membership, Quoted, Receipts, ThreadRow, Timeline},
};

impl Device {
    /// The person whose device this is.
    #[must_use]
    pub fn me(&self) -> &User {
        &self.store.me
    }

    /// The session that this device is signed in with.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.store.session
    }

    /// What smart replies they have, and could have.
    #[must_use]
    pub fn smart_replies(&self) -> &SmartReplySettings {
        &self.store.smart_replies
    }

    /// The newest message of a thread, if it is a text of somebody else and on screen: the one that a reply would answer.
    #[must_use]
    pub fn to_answer(&self, thread: ThreadId) -> Option<Seq> {
        let timeline = self.timeline(thread);
        let last = timeline.rows.last()?;
        let is_text = matches!(last.content, Content::Text { .. });
        (is_text && !last.mine && !timeline.has_newer)
            .then_some(last.seq)
            .flatten()
    }

    /// Where the device stands in the log.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.link.position()
    }

    /// Whether events flow: connected, and everything missed has been applied.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.link.is_live()
    }

    /// How the connection does.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection {
            over: self.link.over(),
            live: self.link.is_live(),
            round_trip: self.link.round_trip(),
            position: self.link.position(),
            detour: self.link.detour(),
        }
    }

    /// What the connection banner shows at `now`.
    #[must_use]
    pub fn banner(&self, now: Timestamp) -> Banner {
        self.link.banner(self.clock.at(now))
    }

    /// Threads, pinned ones first, and among these and the others newest activity first; archived ones too.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadRow> {
        let mut rows: Vec<ThreadRow> = self.store.threads.values().map(|known| self.row(known)).collect();
        rows.sort_by_key(|row| Reverse((row.settings.pinned, row.active_at, row.id)));
        rows
    }

    /// One thread; `None` if there is no such thread or nothing of it is this person's to see.
    #[must_use]
    pub fn thread(&self, thread: ThreadId) -> Option<ThreadRow> {
        self.store.threads.get(&thread).map(|known| self.row(known))
    }

    fn row(&self, known: &Conversation) -> ThreadRow {
        let me = self.store.me.id;
        let thread = &known.thread;
        let last = self.last_message(known);
        ThreadRow {
            id: thread.id,
            kind: thread.kind,
            title: thread.title.clone(),
            history: thread.history,
            role: thread.member(me).map(|member| member.role),
            others: thread
                .members
                .iter()
                .filter(|member| member.user != me)
                .filter_map(|member| self.store.users.get(&member.user).cloned())
                .collect(),
            client: thread
                .client
                .and_then(|client| self.store.clients.get(&client).cloned()),
            active_at: last
                .as_ref()
                .map_or(thread.created_at, |last| last.at.max(known.active_at())),
            last,
            unread: known.unread.count(),
            mentioned: known.mentioned(),
            settings: known.settings.current(),
        }
    }

    fn last_message(&self, known: &Conversation) -> Option<LastMessage> {
        let me = self.store.me.id;
        if let Some((unsent, progress)) = self.outbox.of(known.thread.id).next_back() {
            let content = unsent.content();
            let which = Which::Unsent(unsent.local_id);
            return Some(LastMessage {
                sender: me,
                content: self.amended_content(known.thread.id, which, content),
                at: unsent.written_at,
                progress: Some(progress),
            });
        }
        let newest = known.history.landed().last().or(known.last_message.as_ref())?;
        let as_shown = |message: &Message| {
            let which = Which::Stored(message.seq);
            self.amended_content(known.thread.id, which, message.content.clone())
        };
        let mut message = newest;
        // What the person has hidden is as if it had never been said, as far as this device can tell what was before it.
        if as_shown(newest) == Content::Hidden {
            let mut before = known
                .history
                .between(Seq::ZERO, Seq(newest.seq.0.saturating_sub(1)))
                .collect::<Vec<_>>();
            before.retain(|message| as_shown(message) != Content::Hidden);
            message = before.last().copied().unwrap_or(newest);
        }
        let mut last = LastMessage::from(message);
        last.content = as_shown(message);
        last.progress = (message.sender == me).then(|| timeline::progress(message.seq, &known.thread, me));
        Some(last)
    }

    /// The rows of a thread that are to be on screen.
    #[must_use]
    pub fn timeline(&self, thread: ThreadId) -> Timeline {
        let me = self.store.me.id;
        let unsent = self.outbox.of(thread);
        let Some(known) = self.store.threads.get(&thread) else {
            let mut timeline = Timeline::unknown(me, unsent);
            self.amend_rows(thread, &mut timeline.rows);
            return timeline;
        };
        let (window, history) = known.shown();
        let excerpt = known.shows_excerpt();
        let mut rows = timeline::rows(window, history, excerpt, &known.thread, me, unsent);
        self.amend_rows(thread, &mut rows);
        let first = rows.iter().find_map(|row| row.seq);
        rows.retain(|row| row.content != Content::Hidden);
        let is_shown = |seq: &Seq| rows.iter().any(|row| row.seq == Some(*seq));
        Timeline {
            has_older: first.is_some_and(|first| first > history.before().next()),
            has_newer: excerpt || !window.follows() || (history.is_known() && !known.is_caught_up()),
            loading: known.is_fetching(),
            loaded: history.is_known(),
            focus: known.focus.filter(is_shown),
            focused: known.focused,
            divider: known
                .divider
                .and_then(|divider| divider.stands_before(history, me)),
            rows,
        }
    }

    /// What is known of a message of a thread that is quoted.
    #[must_use]
    pub fn quoted(&self, thread: ThreadId, seq: Seq) -> Quoted {
        let known = self.store.threads.get(&thread);
        match known.and_then(|known| known.quoted(seq)) {
            None => Quoted::Unknown,
            Some(None) => Quoted::Missing,
            Some(Some(message)) => Quoted::Message {
                sender: message.sender,
                content: message.content.clone(),
            },
        }
    }

    /// Who is typing in a thread at `now`, in the order in which they began; never oneself.
    #[must_use]
    pub fn typists(&self, thread: ThreadId, now: Timestamp) -> Vec<User> {
        let typists = self.typists.of(thread, self.clock.at(now));
        typists
            .filter_map(|user| self.store.users.get(&user).cloned())
            .collect()
    }

    /// Whether a person is here. Everyone is offline while the link has been down for long enough to show the banner.
    #[must_use]
    pub fn presence(&self, user: UserId) -> UserPresence {
        let mut known = self.roll.of(user);
        let recorded = self.store.users.get(&user).and_then(|user| user.last_seen);
        known.last_seen = known.last_seen.max(recorded);
        if matches!(self.banner, Banner::Reconnecting { .. }) {
            known.presence = Presence::Offline;
        }
        known
    }

    /// Members of a thread, oneself included, in the order of joining.
    #[must_use]
    pub fn members(&self, thread: ThreadId) -> Vec<User> {
        let known = self.store.threads.get(&thread).into_iter();
        known
            .flat_map(|known| &known.thread.members)
            .filter_map(|member| self.store.users.get(&member.user).cloned())
            .collect()
    }

    /// Members of a thread with what they may do, oneself included, in the order of joining.
    #[must_use]
    pub fn memberships(&self, thread: ThreadId) -> Vec<Membership> {
        let known = self.store.threads.get(&thread).into_iter();
        known
            .flat_map(|known| &known.thread.members)
            .filter_map(|member| {
                let user = self.store.users.get(&member.user)?.clone();
                Some(Membership {
                    user,
                    role: member.role,
                })
            })
            .collect()
    }

    /// How far a message of `sender` at `seq` has got with each of the others.
    #[must_use]
    pub fn receipts(&self, thread: ThreadId, sender: UserId, seq: Seq) -> Receipts {
        let mut receipts = Receipts::default();
        let known = self.store.threads.get(&thread).into_iter();
        for member in known.flat_map(|known| &known.thread.members) {
            if member.user == sender || member.joined > seq {
                continue;
            }
            let group = if member.read_seq >= seq {
                &mut receipts.read
            } else if member.delivered_seq >= seq {
                &mut receipts.delivered
            } else {
                &mut receipts.waiting
            };
            group.extend(self.store.users.get(&member.user).cloned());
        }
        receipts
    }

    /// Whether a thread was this person's a moment ago, and nothing of it is left to them.
    #[must_use]
    pub fn is_gone(&self, thread: ThreadId) -> bool {
        self.store.gone.contains(&thread)
    }

    /// A member of a thread, with their role and marks.
    #[must_use]
    pub fn member(&self, thread: ThreadId, user: UserId) -> Option<Member> {
        self.store.threads.get(&thread)?.thread.member(user).cloned()
    }

    /// Messages of others after the read mark of a thread.
    #[must_use]
    pub fn unread(&self, thread: ThreadId) -> u32 {
        self.store
            .threads
            .get(&thread)
            .map_or(0, |known| known.unread.count())
    }

    /// Unread messages of a thread that mention this person, in order: the newest
    /// [`tidings_protocol::limits::MENTIONS_LISTED`].
    #[must_use]
    pub fn mentions(&self, thread: ThreadId) -> Vec<Seq> {
        let known = self.store.threads.get(&thread);
        known.map_or_else(Vec::new, |known| {
            known.mentions.after(known.unread.read()).collect()
        })
    }

    /// Where this person's own read mark stands in a thread.
    #[must_use]
    pub fn read_seq(&self, thread: ThreadId) -> Seq {
        let known = self.store.threads.get(&thread);
        known.map_or(Seq::ZERO, |known| known.unread.read())
    }

    /// Whether a message that notified is still worth telling of: it is not read, not deleted or hidden as far as this device
    /// knows it, and its thread has not gone from this person's.
    #[must_use]
    pub fn is_news(&self, thread: ThreadId, seq: Seq) -> bool {
        let Some(known) = self.store.threads.get(&thread) else {
            // One that was not heard of yet may have been told of by a push.
            return !self.is_gone(thread);
        };
        let is_said = |message: &Message| {
            let content = message.content.clone();
            self.amended_content(thread, Which::Stored(seq), content)
                .is_said()
        };
        known.unread.read() < seq && !known.unread.is_deleted(seq) && known.message(seq).is_none_or(is_said)
    }

    /// The newest message of others in a thread that this device knows of: from there it can be marked as unread. `None`
    /// if there is none, or if it is unread.
    #[must_use]
    pub fn can_mark_unread(&self, thread: ThreadId) -> Option<Seq> {
        let known = self.store.threads.get(&thread)?;
        known.newest_read_of_others(self.store.me.id)
    }

    /// How many messages are waiting for the person at `now`, over all threads, as the badge of a page or an app says it:
    /// unread ones, but of threads that are muted or notify of mentions at most, only mentions, and none of archived ones.
    #[must_use]
    pub fn waiting(&self, now: Timestamp) -> u32 {
        let counts = self.store.threads.values().map(|known| {
            let settings = known.settings.current();
            if settings.archived {
                0
            } else if settings.is_muted(now) || settings.level != NotifyLevel::All {
                known.mentioned()
            } else {
                known.unread.count()
            }
        });
        counts.fold(0, u32::saturating_add)
    }

    /// Messages of others after the read marks of all threads.
    #[must_use]
    pub fn total_unread(&self) -> u32 {
        let counts = self.store.threads.values().map(|known| known.unread.count());
        counts.fold(0, u32::saturating_add)
    }

    /// A person's record, if known here.
    #[must_use]
    pub fn user(&self, user: UserId) -> Option<&User> {
        self.store.users.get(&user)
    }

    /// A client's record, if known here.
    #[must_use]
    pub fn client(&self, client: ClientId) -> Option<&Client> {
        self.store.clients.get(&client)
    }

    /// Unsent messages, in the order of writing.
    #[must_use]
    pub fn unsent(&self) -> Vec<Unsent> {
        self.outbox.unsent().cloned().collect()
    }

    /// Changes of messages that the server has not confirmed or has refused, in the order in which they were made.
    #[must_use]
    pub fn amendments(&self) -> Vec<Amendment> {
        self.amendments.all().cloned().collect()
    }

    /// Whether unsent messages survive a reload; false while storage refuses them or does not answer.
    #[must_use]
    pub fn keeps_unsent(&self) -> bool {
        self.outbox.keeps()
    }
}
