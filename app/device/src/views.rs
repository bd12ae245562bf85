//! The read side of [`Device`]: plain values for a screen.

use tidings_protocol::{
    Client, ClientId, Position, Presence, Seq, ThreadId, Timestamp, User, UserId, presence::UserPresence,
};

use crate::{
    Device,
    conversation::Conversation,
    io::{Banner, Unsent},
    timeline,
    view::{Connection, LastMessage, ThreadRow, Timeline},
};

impl Device {
    /// The person whose device this is.
    #[must_use]
    pub fn me(&self) -> &User {
        &self.store.me
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

    /// Threads, newest activity first.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadRow> {
        let mut rows: Vec<ThreadRow> = self.store.threads.values().map(|known| self.row(known)).collect();
        rows.sort_by(|one, other| other.active_at.cmp(&one.active_at).then(other.id.cmp(&one.id)));
        rows
    }

    /// One thread; `None` if this person is not a member of such a thread.
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
        }
    }

    fn last_message(&self, known: &Conversation) -> Option<LastMessage> {
        let me = self.store.me.id;
        if let Some((unsent, progress)) = self.outbox.of(known.thread.id).next_back() {
            return Some(LastMessage {
                sender: me,
                content: unsent.body.clone().into(),
                at: unsent.written_at,
                progress: Some(progress),
            });
        }
        let message = known.history.landed().last().or(known.last_message.as_ref())?;
        let mut last = LastMessage::from(message);
        last.progress = (message.sender == me).then(|| timeline::progress(message.seq, &known.thread, me));
        Some(last)
    }

    /// The rows of a thread that are to be on screen.
    #[must_use]
    pub fn timeline(&self, thread: ThreadId) -> Timeline {
        let me = self.store.me.id;
        let unsent = self.outbox.of(thread);
        let Some(known) = self.store.threads.get(&thread) else {
            return Timeline::unknown(me, unsent);
        };
        let (window, history) = known.shown();
        let excerpt = known.shows_excerpt();
        let rows = timeline::rows(window, history, excerpt, &known.thread, me, unsent);
        let first = rows.iter().find_map(|row| row.seq);
        let is_shown = |seq: &Seq| rows.iter().any(|row| row.seq == Some(*seq));
        Timeline {
            has_older: first.is_some_and(|first| first.0 > 1),
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

    /// Whether unsent messages survive a reload; false while storage refuses them or does not answer.
    #[must_use]
    pub fn keeps_unsent(&self) -> bool {
        self.outbox.keeps()
    }
}
