//! What components show. Each method subscribes its caller to exactly the changes that concern what it returns, unless it says
//! that it is about this moment.

use leptos::prelude::*;
use tidings_device::{
    Amendment, Banner, Change, Connection, Device, Membership, Quoted, Receipts, ThreadRow, Timeline, Unsent,
    Which,
};
use tidings_protocol::{
    AccountRole, Client, ClientId, Member, MemberRole, Seq, SmartReplySettings, ThreadId, Timestamp, User,
    UserId, limits, presence::UserPresence,
};

use super::Live;

impl Live {
    /// The person whose device this is.
    #[must_use]
    pub fn me(self) -> User {
        self.on(Change::Records);
        self.device.with_value(|device| device.me().clone())
    }

    /// What smart replies this person has, and could have.
    #[must_use]
    pub fn smart_replies(self) -> SmartReplySettings {
        self.on(Change::SmartReplies);
        self.device.with_value(|device| device.smart_replies().clone())
    }

    /// The newest message of a thread, if it is a text of somebody else.
    #[must_use]
    pub fn to_answer(self, thread: ThreadId) -> Option<Seq> {
        self.on(Change::Timeline(thread));
        self.device.with_value(|device| device.to_answer(thread))
    }

    /// Whether events flow.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.on(Change::Link);
        self.device.with_value(Device::is_live)
    }

    /// The same at this moment, for whoever is not to be told of changes.
    #[must_use]
    pub fn is_live_now(self) -> bool {
        self.device.try_with_value(Device::is_live).unwrap_or(false)
    }

    /// What the connection banner shows.
    #[must_use]
    pub fn banner(self) -> Banner {
        self.on(Change::Link);
        let now = self.now();
        self.device.with_value(|device| device.banner(now))
    }

    /// How the connection does.
    #[must_use]
    pub fn connection(self) -> Connection {
        self.on(Change::Link);
        self.device.with_value(Device::connection)
    }

    /// Whether the server speaks a newer protocol, so that the page must be loaded again.
    #[must_use]
    pub fn is_outdated(self) -> bool {
        self.outdated.get()
    }

    /// Threads, newest activity first. Follows neither unread counts nor presence: rows do.
    #[must_use]
    pub fn threads(self) -> Vec<ThreadRow> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.device.with_value(Device::threads)
    }

    /// One thread; `None` if this person is not a member of such a thread.
    #[must_use]
    pub fn thread(self, thread: ThreadId) -> Option<ThreadRow> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.thread(thread))
    }

    /// The rows of a thread that are to be on screen.
    #[must_use]
    pub fn timeline(self, thread: ThreadId) -> Timeline {
        self.on(Change::Timeline(thread));
        self.device.with_value(|device| device.timeline(thread))
    }

    /// Who is typing in a thread.
    #[must_use]
    pub fn typists(self, thread: ThreadId) -> Vec<User> {
        self.on(Change::Typing(thread));
        let now = self.now();
        self.device.with_value(|device| device.typists(thread, now))
    }

    /// Whether a person is here.
    #[must_use]
    pub fn presence(self, user: UserId) -> UserPresence {
        self.on(Change::Presence(user));
        self.on(Change::Link);
        self.device.with_value(|device| device.presence(user))
    }

    /// Members of a thread, oneself included.
    #[must_use]
    pub fn members(self, thread: ThreadId) -> Vec<User> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.device.with_value(|device| device.members(thread))
    }

    /// Members of a thread with what they may do, oneself included.
    #[must_use]
    pub fn memberships(self, thread: ThreadId) -> Vec<Membership> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.device.with_value(|device| device.memberships(thread))
    }

    /// How far a message of `sender` at `seq` has got with each of the others.
    #[must_use]
    pub fn receipts(self, thread: ThreadId, sender: UserId, seq: Seq) -> Receipts {
        self.on(Change::Timeline(thread));
        self.on(Change::Records);
        self.device
            .with_value(|device| device.receipts(thread, sender, seq))
    }

    /// Whether a thread was this person's a moment ago, and nothing of it is left to them.
    #[must_use]
    pub fn is_gone(self, thread: ThreadId) -> bool {
        self.on(Change::Threads);
        self.device.with_value(|device| device.is_gone(thread))
    }

    /// How many unread messages of a thread mention this person.
    #[must_use]
    pub fn mentions(self, thread: ThreadId) -> usize {
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.mentions(thread).len())
    }

    /// Where this person's own read mark stands in a thread.
    #[must_use]
    pub fn read_seq(self, thread: ThreadId) -> Seq {
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.read_seq(thread))
    }

    /// Whether a message that notified is still worth telling of, at this moment.
    #[must_use]
    pub fn is_news_now(self, thread: ThreadId, seq: Seq) -> bool {
        self.device
            .try_with_value(|device| device.is_news(thread, seq))
            .unwrap_or(false)
    }

    /// From where a whole thread can be marked as unread; `None` while it is unread, and where nobody else said anything.
    #[must_use]
    pub fn can_mark_unread(self, thread: ThreadId) -> Option<Seq> {
        self.on(Change::Unread(thread));
        self.on(Change::Threads);
        self.device.with_value(|device| device.can_mark_unread(thread))
    }

    /// Messages of others after the read mark of a thread.
    #[must_use]
    pub fn unread(self, thread: ThreadId) -> u32 {
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.unread(thread))
    }

    /// How many messages of all threads wait for the person, as the page's title says it; `None` once the page is gone.
    #[must_use]
    pub fn waiting(self) -> Option<u32> {
        self.on(Change::Threads);
        self.on_any_unread()?;
        let now = self.now();
        self.device.try_with_value(|device| device.waiting(now))
    }

    /// Follows the read marks of all threads; `None` once the page is gone.
    pub fn on_any_unread(self) -> Option<()> {
        self.any_unread.try_with_value(ArcTrigger::track)
    }

    /// A person's record, if known here.
    #[must_use]
    pub fn user(self, user: UserId) -> Option<User> {
        self.on(Change::Records);
        self.device.with_value(|device| device.user(user).cloned())
    }

    /// What a person is called on this screen: "You" for oneself.
    #[must_use]
    pub fn called(self, user: UserId) -> String {
        if user == self.me().id {
            return "You".to_owned();
        }
        self.user(user).map_or_else(
            || "Somebody".to_owned(),
            |user| user.display_name.as_str().to_owned(),
        )
    }

    /// A client's record, if known here.
    #[must_use]
    pub fn client(self, client: ClientId) -> Option<Client> {
        self.on(Change::Records);
        self.device.with_value(|device| device.client(client).cloned())
    }

    /// Unsent messages at this moment, in the order of writing.
    #[must_use]
    pub fn unsent(self) -> Vec<Unsent> {
        self.device.with_value(Device::unsent)
    }

    /// Changes of messages that have not been sent or were refused, at this moment.
    #[must_use]
    pub fn amendments(self) -> Vec<Amendment> {
        self.device.with_value(Device::amendments)
    }

    /// A member of a thread, with their marks.
    #[must_use]
    pub fn member(self, thread: ThreadId, user: UserId) -> Option<Member> {
        self.on(Change::Timeline(thread));
        self.device.with_value(|device| device.member(thread, user))
    }

    /// Whether this person may delete what others wrote in a thread.
    #[must_use]
    pub fn rules_in(self, thread: ThreadId) -> bool {
        let me = self.device.with_value(|device| device.me().clone());
        let member = self.device.with_value(|device| device.member(thread, me.id));
        me.role >= AccountRole::Admin || member.is_some_and(|member| member.role != MemberRole::Member)
    }

    /// Whether the text of an own message that was sent `at` may still be changed, as far as this device can tell: the
    /// server decides by its own clock.
    #[must_use]
    pub fn is_editable(self, message: Which, at: Timestamp) -> bool {
        match message {
            Which::Unsent(_) => true,
            Which::Stored(_) => {
                let now = Timestamp(self.now().0.saturating_sub(self.ahead.get_value()));
                now.since(at) <= limits::EDIT_WINDOW
            }
        }
    }

    /// Whether unsent messages survive a reload.
    #[must_use]
    pub fn keeps_unsent(self) -> bool {
        self.on(Change::Storage);
        self.device.with_value(Device::keeps_unsent)
    }

    /// What is known of a message of a thread that is quoted.
    #[must_use]
    pub fn quoted(self, thread: ThreadId, seq: Seq) -> Quoted {
        self.on(Change::Timeline(thread));
        self.device.with_value(|device| device.quoted(thread, seq))
    }
}
