//! The search of a page: what is typed, what was found, and which hit is looked at.
//!
//! One for the whole page, so that what was found stays beside the thread while its hits are gone through.

mod offers;

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use tidings_device::Input;
use tidings_protocol::{
    ErrorCode, Seq, ThreadId,
    command::SearchMessages,
    limits,
    reply::{Hit, Hits},
    search::{Place, Puzzle, parse},
};

use crate::live::Live;

pub use offers::{Offer, offers};

/// How long after the last key the server is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// Answers with less than a page that are followed by the next question without a click.
const ROUNDS: usize = 5;

/// Where a search stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is asked for.
    #[default]
    Idle,
    /// What is typed can't be searched for.
    Puzzled(Puzzle),
    /// The server has been asked.
    Asking,
    /// There is no connection to ask over. It is asked when there is.
    Offline,
    /// The server refused, with this sentence.
    Failed(String),
    /// The server has answered. It may have said why nothing can be found.
    Answered(Option<String>),
}

/// The search of the page. A handle: copies are the same search.
#[derive(Clone, Copy)]
pub struct Searching {
    live: Live,
    go: Callback<String>,
    /// What is typed.
    pub text: RwSignal<String>,
    /// Whether the panel is shown.
    pub open: RwSignal<bool>,
    /// Rises when the person asks for the search box, which then takes the focus.
    pub summoned: RwSignal<u32>,
    /// Where it stands.
    pub standing: RwSignal<Standing>,
    /// What was found, newest first.
    pub hits: RwSignal<Vec<Hit>>,
    /// Where there is more.
    pub next: RwSignal<Option<Place>>,
    /// The hit that is looked at.
    pub current: RwSignal<Option<(ThreadId, Seq)>>,
    /// Which question is the newest: answers to others are dropped.
    turn: StoredValue<u64>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

/// The search of the page.
#[must_use]
pub fn use_searching() -> Searching {
    expect_context()
}

impl Searching {
    /// The search of a page that opens with `text`, shown or not. `go` shows an address.
    #[must_use]
    pub fn new(live: Live, go: Callback<String>, text: String, open: bool) -> Self {
        let searching = Self {
            live,
            go,
            text: RwSignal::new(text),
            open: RwSignal::new(open),
            summoned: RwSignal::new(0),
            standing: RwSignal::default(),
            hits: RwSignal::default(),
            next: RwSignal::new(None),
            current: RwSignal::new(None),
            turn: StoredValue::new(0),
            pause: StoredValue::new(None),
        };
        let connected = Memo::new(move |_| live.is_live());
        let said = Memo::new(move |_| searching.text.get().trim().to_owned());
        Effect::new(move |before: Option<bool>| {
            said.track();
            let connected = connected.get();
            match before {
                // What was found stays when the connection goes, and is not asked for again when it is back.
                Some(was) if was != connected && searching.is_answered() => {}
                _ => searching.ask_soon(before.is_some()),
            }
            connected
        });
        on_cleanup(move || searching.stop_waiting());
        searching
    }

    /// Summons the search box by Ctrl K or ⌘K anywhere, and by a slash where nothing is being written.
    pub fn listen(self) {
        Effect::new(move |_| {
            let listener = window_event_listener(ev::keydown, move |event| {
                let with_k = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k");
                let by_slash = event.key() == "/" && !event.ctrl_key() && !event.meta_key() && !is_writing();
                if !event.default_prevented() && (with_k || by_slash) {
                    event.prevent_default();
                    self.summon();
                }
            });
            let listener = StoredValue::new_local(Some(listener));
            on_cleanup(move || {
                let listener = listener.try_update_value(Option::take).flatten();
                listener.into_iter().for_each(WindowListenerHandle::remove);
            });
        });
    }

    fn is_answered(self) -> bool {
        matches!(self.standing.get_untracked(), Standing::Answered(_))
    }

    fn stop_waiting(self) {
        let pause = self.pause.try_update_value(Option::take).flatten();
        pause.as_ref().inspect(|pause| pause.clear());
    }

    fn ask_soon(self, pause: bool) {
        self.stop_waiting();
        self.turn.update_value(|turn| *turn += 1);
        let text = self.text.get_untracked();
        let written = parse(&text);
        if let Some(puzzle) = written.puzzle {
            return self.settle(Standing::Puzzled(puzzle));
        }
        if written.query(|day| self.live.begins(day)).is_empty() {
            return self.settle(Standing::Idle);
        }
        if pause {
            let timer = set_timeout_with_handle(move || self.ask(), PAUSE).ok();
            self.pause.set_value(timer);
        } else {
            self.ask();
        }
    }

    /// Shows that nothing is found.
    fn settle(self, standing: Standing) {
        self.standing.set(standing);
        self.hits.update(Vec::clear);
        self.next.set(None);
        self.current.set(None);
    }

    /// Asks the server for what is typed, now.
    pub fn ask(self) {
        self.stop_waiting();
        if !self.live.is_live_now() {
            return self.settle(Standing::Offline);
        }
        self.standing.set(Standing::Asking);
        self.fetch(None);
    }

    /// Asks for older hits.
    pub fn more(self) {
        if let Some(place) = self.next.get_untracked() {
            self.standing.set(Standing::Asking);
            self.fetch(Some(place));
        }
    }

    fn fetch(self, mut before: Option<Place>) {
        let query = parse(&self.text.get_untracked()).query(|day| self.live.begins(day));
        let Some(mine) = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        let is_first = before.is_none();
        spawn_local(async move {
            let mut fresh: Vec<Hit> = Vec::new();
            for _ in 0..ROUNDS {
                let search = SearchMessages {
                    query: query.clone(),
                    before,
                    limit: limits::SEARCH_HITS,
                };
                let answer = self.live.ask(search).await;
                if self.turn.try_get_value() != Some(mine) {
                    return;
                }
                match answer {
                    Ok(Hits { hits, next, note }) => {
                        let page = usize::try_from(limits::SEARCH_HITS).unwrap_or(usize::MAX);
                        fresh.extend(hits);
                        before = next;
                        if fresh.len() < page && next.is_some() {
                            continue;
                        }
                        self.show(is_first, fresh, next, Standing::Answered(note));
                    }
                    Err(error) if error.code == ErrorCode::Unavailable && !self.live.is_live_now() => {
                        self.settle(Standing::Offline);
                    }
                    Err(error) => self.show(is_first, fresh, before, Standing::Failed(error.message)),
                }
                return;
            }
            self.show(is_first, fresh, before, Standing::Answered(None));
        });
    }

    fn show(self, is_first: bool, fresh: Vec<Hit>, next: Option<Place>, standing: Standing) {
        self.hits.update(|hits| {
            if is_first {
                hits.clear();
            }
            hits.extend(fresh);
        });
        if is_first {
            self.current.set(None);
        }
        self.next.set(next);
        self.standing.set(standing);
    }

    /// Shows the search box and gives it the focus.
    pub fn summon(self) {
        self.open.set(true);
        self.summoned.update(|count| *count += 1);
        // Where one pane shows at a time, the panel is the page.
        if narrow() {
            self.go.run("/search".to_owned());
        }
    }

    /// Puts the search away. What is typed stays for the next time.
    pub fn dismiss(self, path: &str) {
        self.open.set(false);
        self.current.set(None);
        if path == "/search" {
            self.go.run("/".to_owned());
        }
    }

    /// Shows a hit in its thread.
    pub fn visit(self, thread: ThreadId, seq: Seq) {
        let again = self.current.get_untracked() == Some((thread, seq));
        self.current.set(Some((thread, seq)));
        self.go.run(address_of(thread, seq));
        if again {
            // The address stays the same, so the thread doesn't notice.
            self.live.report(Input::ShowMessage { thread, seq });
        }
    }

    /// The place of the hit that is looked at among those that are there, and how many these are.
    #[must_use]
    pub fn place(self) -> Option<(usize, usize)> {
        let current = self.current.get()?;
        self.hits.with(|hits| {
            let place = hits.iter().position(|hit| (hit.thread, hit.seq) == current)?;
            Some((place, hits.len()))
        })
    }

    /// Shows the hit that is so many further; asks for more when these are near their end.
    pub fn step(self, by: isize) {
        let Some((place, count)) = untrack(|| self.place()) else {
            return;
        };
        let Some(wanted) = place.checked_add_signed(by) else {
            return;
        };
        if wanted + 1 >= count && self.standing.get_untracked() != Standing::Asking {
            self.more();
        }
        let hit = self
            .hits
            .with_untracked(|hits| hits.get(wanted).map(|hit| (hit.thread, hit.seq)));
        if let Some((thread, seq)) = hit {
            self.visit(thread, seq);
        }
    }
}

/// Where a message is shown in its thread.
#[must_use]
pub fn address_of(thread: ThreadId, seq: Seq) -> String {
    format!("/threads/{thread}?at={}", seq.0)
}

/// Whether what is typed goes into a field.
fn is_writing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|element| {
        ["INPUT", "TEXTAREA", "SELECT"].contains(&element.tag_name().as_str())
            || element.has_attribute("contenteditable")
    })
}

/// Whether one pane shows at a time: the same width as in `style/layout.css`.
fn narrow() -> bool {
    window()
        .match_media("(width < 48rem)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}
