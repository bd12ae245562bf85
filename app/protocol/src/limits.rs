//! Numbers that both ends must agree on, each with its reason.

use std::time::Duration;

/// Longest message text, in bytes of UTF-8 after trimming. Large enough for a pasted page, small enough that a
/// page of history stays a light answer.
pub const BODY_MAX_BYTES: usize = 16 * 1024;

/// A text may be changed for so long after it was sent: long enough for a slip, too short to rewrite what others have
/// acted upon.
pub const EDIT_WINDOW: Duration = Duration::from_secs(5 * 60);

/// Files of one message, at most: more are a folder, which an archive holds better.
pub const ATTACHMENTS_MAX: usize = 10;

/// Largest file, in bytes: a long video of a phone has room, and one upload doesn't fill a small server's disk.
pub const FILE_MAX_BYTES: u64 = 100 * 1024 * 1024;

/// Files up to this size are kept by a browser until the server has them, and so survive a reload while offline, in
/// bytes: a few photos, well below what browsers let a page keep.
pub const FILE_KEPT_MAX_BYTES: u64 = 25 * 1024 * 1024;

/// Longest name of a file, in bytes of UTF-8. File systems take 255; the rest is for what a browser adds when the name is
/// taken already.
pub const FILE_NAME_MAX_BYTES: usize = 200;

/// Pixels of an image, at most: the largest that phones take. Each costs the server four bytes of memory while it looks
/// at the image, however small the file is.
pub const IMAGE_MAX_PIXELS: u64 = 50_000_000;

/// The longer side of the small image that is made of a larger one, in pixels: twice what a row of messages shows.
pub const THUMBNAIL_SIDE: u32 = 640;

/// Uploads of one person at the same time.
pub const UPLOADS_AT_ONCE: usize = 4;

/// What one person may upload in 24 hours, in bytes.
pub const UPLOAD_BYTES_A_DAY: u64 = 2 * 1024 * 1024 * 1024;

/// Uploads of one person that no message has yet, at most.
pub const UPLOADS_UNUSED_MAX: u32 = 200;

/// An upload that no message has is kept for so long: a device that loses its connection between the upload and the
/// message has until then to come back.
pub const UPLOAD_KEPT_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

/// An upload of which nothing arrives for so long has failed.
pub const UPLOAD_STALLS_AFTER: Duration = Duration::from_secs(30);

/// Values of a voice message's loudness, at most: see [`crate::Peaks`].
pub const VOICE_PEAKS_MAX: usize = 128;

/// Longest voice message: what a person listens to.
pub const VOICE_MAX: Duration = Duration::from_secs(10 * 60);

/// Longest emoji, in bytes of UTF-8: the longest sequence of Unicode's own list has 35.
pub const EMOJI_MAX_BYTES: usize = 64;

/// Kinds of reactions on one message, at most: more would be longer than the message. Any number of people may have
/// each.
pub const REACTION_KINDS_MAX: usize = 20;

/// Longest title of a page that a message links to, in characters: what fits into two lines of a wide bubble, and more
/// than search engines show.
pub const PREVIEW_TITLE_MAX_CHARS: usize = 200;

/// Longest description of such a page, in characters: what two lines show, with some to spare.
pub const PREVIEW_DESCRIPTION_MAX_CHARS: usize = 300;

/// Longest name of such a page's site, in characters: it stands on one line, with the address.
pub const PREVIEW_SITE_MAX_CHARS: usize = 60;

/// Largest frame a server accepts from a device, in bytes. A full message with every character escaped as
/// `\uXXXX` would exceed it; JSON only requires escaping control characters, so a real one never does.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;

/// Parts that a message may come in, at most (RFC 6455, 5.4). Each costs the server work however small it is; devices of
/// ours send a message in one part, and so do browsers.
pub const MESSAGE_MAX_PARTS: u32 = 64;

/// Largest request body the HTTP API accepts, in bytes; the same reason as [`FRAME_MAX_BYTES`].
pub const HTTP_BODY_MAX_BYTES: usize = FRAME_MAX_BYTES;

/// Levels of arrays and objects in one JSON text, at most: the decoder's own limit (serde_json), which keeps a text
/// of brackets from using up the stack. Ours have six.
pub const JSON_MAX_DEPTH: usize = 127;

/// Shortest and longest username, in characters.
pub const USERNAME_MIN_CHARS: usize = 2;
/// See [`USERNAME_MIN_CHARS`].
pub const USERNAME_MAX_CHARS: usize = 32;

/// Longest display name or client name, in characters.
pub const NAME_MAX_CHARS: usize = 80;
/// Longest client reference, in characters.
pub const REFERENCE_MAX_CHARS: usize = 40;
/// Longest client note, in characters.
pub const NOTE_MAX_CHARS: usize = 2_000;
/// Longest search text, in characters.
pub const SEARCH_MAX_CHARS: usize = 100;

/// Longest search for messages, in characters of all its terms and filters together.
pub const QUERY_MAX_CHARS: usize = 400;
/// Terms, and filters of one kind, in one search for messages, at most.
pub const QUERY_TERMS_MAX: usize = 20;

/// Shortest password, in characters (OWASP ASVS 5.0, 6.2.1).
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Longest password, in characters: bounds the work of hashing.
pub const PASSWORD_MAX_CHARS: usize = 256;

/// Messages in a page of history, and the most that may be asked for at once.
pub const PAGE_MESSAGES: u32 = 50;

/// Most results of a search for people or clients.
pub const SEARCH_RESULTS: u32 = 20;

/// Most messages that one answer to a search gives.
pub const SEARCH_HITS: u32 = 20;
/// Longest excerpt that shows a hit, in characters.
pub const SNIPPET_CHARS: usize = 160;

/// Most rows of messages in the page at once (Campfire keeps 300, Zulip 400).
pub const WINDOW_ROWS: usize = 300;

/// Replies suggested to one message, at most: more would be reading instead of writing.
pub const SUGGESTIONS_MAX: usize = 3;

/// Longest suggested reply, in characters: what fits on a button. Longer answers of one's own are not learned from.
pub const SUGGESTION_MAX_CHARS: usize = 60;

/// Longest reply that a language model may suggest, in characters: a sentence or two, cut short on its button.
pub const WRITTEN_SUGGESTION_MAX_CHARS: usize = 200;

/// Unread mentions of one thread that a snapshot lists: a badge says "99+" from there on.
pub const MENTIONS_LISTED: usize = 100;
/// Deletions by others that admins are shown, the newest.
pub const DELETIONS_LISTED: u32 = 100;

/// Members of a thread, at most.
pub const THREAD_MEMBERS_MAX: usize = 500;

/// The server sends a beat with the head of the log this often. Proxies cut idle connections at 60 s, and browser
/// code can't see WebSocket pings, so the beat is a frame.
pub const BEAT_EVERY: Duration = Duration::from_secs(25);

/// Silence after which either end takes the connection for dead: one beat and ten seconds.
pub const DEAD_AFTER: Duration = Duration::from_secs(35);

/// A woken device that asked for a beat takes the connection for dead when none came in this time. Some browsers
/// leave a socket "open" that died while the page slept.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A new connection must have said hello, or a dial must have led to an open socket, in this time.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);

/// A dial that has led to nothing after this time is joined by one on the other transport, and the first that opens is
/// used. Half of [`CONNECT_TIMEOUT`], so that a network which swallows sockets costs no more than that in all.
pub const FALLBACK_AFTER: Duration = Duration::from_secs(3);
/// A device for which only long-poll worked tries a socket again after this long: people move between networks, and
/// a socket is lighter for both ends.
pub const SOCKET_AVOIDED_FOR: Duration = Duration::from_secs(10 * 60);
/// A server answers a waiting poll after this long, with frames or without. Proxies cut at 25 s and more, and beats
/// come in between all the same.
pub const POLL_WAIT: Duration = Duration::from_secs(20);
/// A connection by long-poll that nobody asks on for this long is lost. Between two polls lies one way back and
/// forth; with [`POLL_WAIT`] it is less than [`DEAD_AFTER`], so a device that vanishes is noticed as soon as on a socket.
pub const POLL_ABANDONED_AFTER: Duration = Duration::from_secs(10);
/// Bytes of frames that a server holds until a device says that it has them: about as much as one answer brings. More
/// waits in the connection's queue.
pub const POLL_BATCH_BYTES: usize = 256 * 1024;
/// Bytes of frames that a device puts into one request, if they are more than one: safely under
/// [`HTTP_BODY_MAX_BYTES`].
pub const POLL_SEND_BYTES: usize = 32 * 1024;
/// A poll is made so often before the connection is taken for lost.
pub const POLL_TRIES: u32 = 3;
/// Before a poll is repeated; twice as long each time.
pub const POLL_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// First step of the reconnect delay: the n-th delay is random between 0 and this times 2ⁿ.
pub const RECONNECT_BASE: Duration = Duration::from_millis(500);
/// Longest reconnect delay.
pub const RECONNECT_MAX: Duration = Duration::from_secs(20);
/// A connection that lived this long resets the reconnect delay.
pub const STABLE_AFTER: Duration = Duration::from_secs(10);
/// A hidden page stops trying to reconnect after this time; showing it tries at once.
pub const HIDDEN_RETRY_FOR: Duration = Duration::from_secs(60);

/// The banner appears after this long without a connection: a blink is not an outage.
pub const BANNER_AFTER: Duration = Duration::from_secs(3);
/// "Back online" stays this long.
pub const BACK_ONLINE_FOR: Duration = Duration::from_secs(3);

/// A device repeats `typing:start` this often while keys come.
pub const TYPING_REPEAT: Duration = Duration::from_secs(3);
/// A device says `typing:stop` after this long without a key.
pub const TYPING_IDLE: Duration = Duration::from_secs(2);
/// A receiver forgets a typist after this long, whatever happens: twice [`TYPING_REPEAT`], so that one lost signal
/// doesn't make the indicator blink.
pub const TYPING_LIFETIME: Duration = Duration::from_secs(6);

/// How long after the last connection was lost a person turns offline; a reload doesn't flap. Signing out skips it.
pub const OFFLINE_GRACE: Duration = Duration::from_secs(15);
/// Without input for this long, a person is idle.
pub const IDLE_AFTER: Duration = Duration::from_secs(5 * 60);
/// Granularity at which "last seen" is stored.
pub const LAST_SEEN_GRANULARITY: Duration = Duration::from_secs(60);

/// A row must have been half in view of a focused, visible window this long to count as read.
pub const READ_AFTER: Duration = Duration::from_millis(500);

/// A device acknowledges its position this long after the first message it has not acknowledged, or after
/// [`ACKNOWLEDGE_EVENTS`], whichever is first: soon enough for "delivered" to feel live, seldom enough to batch.
pub const ACKNOWLEDGE_EVERY: Duration = Duration::from_secs(1);
/// See [`ACKNOWLEDGE_EVERY`].
pub const ACKNOWLEDGE_EVENTS: u32 = 50;

/// Events read from the log at once while a device catches up.
pub const RESUME_PAGE: u32 = 500;
/// Log rows kept for resuming, by age.
pub const LOG_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Events a device may be behind before a snapshot is cheaper than a resume.
pub const RESUME_MAX_EVENTS: u64 = 50_000;

/// Events queued for one connection before it is closed as too slow; it resumes from its position.
pub const QUEUE_MAX_EVENTS: usize = 256;
/// Bytes queued for one connection before it is closed as too slow.
pub const QUEUE_MAX_BYTES: usize = 1024 * 1024;

/// Commands in a row before the rate limit bites.
pub const COMMAND_BURST: u32 = 20;
/// Commands a minute that one person may sustain.
pub const COMMANDS_PER_MINUTE: u32 = 120;

/// Sockets one person may hold open.
pub const CONNECTIONS_PER_USER: usize = 50;

/// Unsent messages a device keeps; beyond it, sending is refused with a sentence.
pub const OUTBOX_MAX: usize = 500;

/// An access token is valid this long (design: at most ten minutes).
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A message notifies only whoever has not read it in this time on any device: who sits at one is not called by another.
pub const PUSH_AFTER: Duration = Duration::from_secs(15);
/// A push that has not reached its browser in this time is of no use any more, and a message that old notifies nobody.
pub const PUSH_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Browsers of one person that are pushed to, at most.
pub const PUSH_SUBSCRIPTIONS_MAX: usize = 20;
/// Decisions about notifications that a person is shown, the newest.
pub const PUSH_DECISIONS_KEPT: u32 = 20;
/// Most that a notification shows of a message, in characters: more is cut off by every system.
pub const PUSH_TEXT_MAX_CHARS: usize = 200;
