//! Forwarding a message.

use leptos::{html::Dialog, prelude::*};
use leptos_router::hooks::use_navigate;
use tidings_device::{Input, ThreadRow};
use tidings_protocol::{Attachment, Body, Content, ThreadId, command::Origin};

use super::{ClientChip, ThreadFace, use_toast};
use crate::{
    live::use_live,
    wording::{counted, excerpt, thread_name},
};

/// What the page is about to forward. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Forwarding {
    dialog: NodeRef<Dialog>,
    parcel: RwSignal<Option<Parcel>>,
}

/// What of a message is forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    body: Option<Body>,
    /// Its files, and the message that has them.
    files: Option<(Origin, Vec<Attachment>)>,
}

impl Parcel {
    /// What can be forwarded of a message that holds `content`. Its files only once it has a place, `from`, where the
    /// server finds them. `None` if that is nothing.
    #[must_use]
    pub fn of(content: &Content, from: Option<Origin>) -> Option<Self> {
        let body = Body::new(content.text()).ok();
        let files = Some(content.attachments().to_vec()).filter(|files| !files.is_empty());
        match (files, from) {
            (None, _) => body.map(|body| Self {
                body: Some(body),
                files: None,
            }),
            (Some(files), Some(from)) => Some(Self {
                body,
                files: Some((from, files)),
            }),
            // To send on the text alone would be to send something else.
            (Some(_), None) => None,
        }
    }

    fn content(&self) -> Content {
        let files = self.files.as_ref().map(|(_, files)| files.clone());
        Content::new(self.body.clone(), files.unwrap_or_default()).unwrap_or(Content::Unknown)
    }

    /// Sends it to a thread; `None` if there is nothing in it.
    fn sending(&self, thread: ThreadId) -> Option<Input> {
        match (&self.files, &self.body) {
            (Some((files_of, attachments)), caption) => Some(Input::ForwardFiles {
                thread,
                caption: caption.clone(),
                files_of: *files_of,
                attachments: attachments.clone(),
            }),
            (None, Some(body)) => Some(Input::Send {
                thread,
                body: body.clone(),
                reply_to: None,
                forwarded: true,
            }),
            (None, None) => None,
        }
    }
}

/// What the page is about to forward.
#[must_use]
pub fn use_forwarding() -> Forwarding {
    expect_context()
}

/// Makes it known to what is inside. [`ForwardHost`] shows it.
pub fn provide_forwarding() {
    provide_context(Forwarding {
        dialog: NodeRef::new(),
        parcel: RwSignal::new(None),
    });
}

impl Forwarding {
    /// Asks where to forward a message to.
    pub fn ask(self, parcel: Parcel) {
        if let Some(dialog) = self.dialog.get_untracked() {
            self.parcel.set(Some(parcel));
            // A dialog that is open already stays open.
            dialog.show_modal().ok();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }
}

/// The dialog that asks where to forward a message to.
#[component]
pub fn ForwardHost() -> impl IntoView {
    let forwarding = use_forwarding();
    view! {
        <dialog
            class="dialog forward"
            aria-labelledby="forward-title"
            node_ref=forwarding.dialog
            on:close=move |_| forwarding.parcel.set(None)
        >
            <h2 id="forward-title">"Forward message"</h2>
            {move || forwarding.parcel.get().map(|parcel| view! { <Targets forwarding parcel /> })}
        </dialog>
    }
}

/// Threads to choose from.
#[component]
fn Targets(forwarding: Forwarding, parcel: Parcel) -> impl IntoView {
    let live = use_live();
    let toast = use_toast();
    let navigate = use_navigate();
    let search = RwSignal::new(String::new());
    let chosen = RwSignal::new(Vec::<ThreadId>::new());
    let found = Memo::new(move |_| {
        let text = search.read().trim().to_lowercase();
        let rows = live.threads().into_iter();
        rows.filter(|row| row.role.is_some() && fits(row, &text))
            .map(|row| row.id)
            .collect::<Vec<_>>()
    });
    let shown = {
        let me = untrack(|| live.me().id);
        excerpt(&parcel.content(), me, |user| live.called(user))
    };
    let send = move |_| {
        let threads = chosen.get_untracked();
        for thread in &threads {
            if let Some(sending) = parcel.sending(*thread) {
                live.report(sending);
            }
        }
        forwarding.close();
        match &threads[..] {
            [] => {}
            [only] => navigate(&format!("/threads/{only}"), Default::default()),
            several => toast.say(format!(
                "Forwarded to {}.",
                counted(several.len(), "thread", "threads")
            )),
        }
    };
    let target = move |thread: ThreadId| {
        let row = Memo::new(move |_| live.thread(thread));
        let name = move || {
            row.read()
                .as_ref()
                .map(|row| thread_name(row.title.as_ref(), &row.others))
        };
        let client = move || {
            row.read()
                .as_ref()
                .and_then(|row| row.client.as_ref().map(|client| client.name.clone()))
        };
        let press = move |_| {
            chosen.update(|chosen| match chosen.iter().position(|known| *known == thread) {
                Some(place) => {
                    chosen.remove(place);
                }
                None => chosen.push(thread),
            });
        };
        view! {
            <li>
                <label class="forward-target">
                    <input
                        type="checkbox"
                        prop:checked=move || chosen.with(|chosen| chosen.contains(&thread))
                        on:change=press
                    />
                    <span class="avatar-box">
                        <ThreadFace row />
                    </span>
                    <span class="forward-name">
                        <span dir="auto">{name}</span>
                        {move || client().map(|name| view! { <ClientChip name /> })}
                    </span>
                </label>
            </li>
        }
    };
    view! {
        <p class="forward-text" dir="auto">
            {shown}
        </p>
        <div class="field">
            <label for="forward-search">"Search threads"</label>
            <input
                id="forward-search"
                type="search"
                autocomplete="off"
                placeholder="Name of a person or client"
                on:input:target=move |event| search.set(event.target().value())
            />
        </div>
        <ul class="forward-targets" aria-label="Threads to forward to">
            <For each=move || found.get() key=|thread| *thread children=target />
        </ul>
        <p class="forward-none" role="status">
            {move || found.with(Vec::is_empty).then_some("No thread of yours is called like that.")}
        </p>
        <div class="button-row">
            <button type="button" class="button button-quiet" on:click=move |_| forwarding.close()>
                "Cancel"
            </button>
            <button type="button" class="button" prop:disabled=move || chosen.with(Vec::is_empty) on:click=send>
                {move || match chosen.with(Vec::len) {
                    0 | 1 => "Forward".to_owned(),
                    count => format!("Forward to {count}"),
                }}
            </button>
        </div>
    }
}

/// Whether a thread is one that `text`, in lower case, looks for.
fn fits(row: &ThreadRow, text: &str) -> bool {
    let has = |name: &str| name.to_lowercase().contains(text);
    has(&thread_name(row.title.as_ref(), &row.others))
        || row.client.as_ref().is_some_and(|client| has(&client.name))
        || row.others.iter().any(|user| has(user.username.as_str()))
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{AttachmentId, Seq};
    use uuid::Uuid;

    use super::*;
    use crate::attaching::guessed;

    #[test]
    fn files_go_with_their_text_or_not_at_all() {
        let thread = ThreadId(Uuid::from_u128(1));
        let from = Some(Origin { thread, seq: Seq(2) });
        let body = Body::new("Hello").ok();
        let file = guessed(AttachmentId(Uuid::from_u128(3)), "a.pdf", "application/pdf", 7);
        let text = Content::new(body.clone(), Vec::new()).unwrap();
        let both = Content::new(body, vec![file.clone()]).unwrap();
        let files = Content::new(None, vec![file]).unwrap();
        for content in [&text, &both, &files] {
            assert_eq!(Parcel::of(content, from).unwrap().content(), *content);
        }
        assert!(matches!(
            Parcel::of(&text, None).unwrap().sending(thread),
            Some(Input::Send { forwarded: true, .. })
        ));
        assert!(matches!(
            Parcel::of(&both, from).unwrap().sending(thread),
            Some(Input::ForwardFiles { caption: Some(_), .. })
        ));
        assert_eq!(
            Parcel::of(&both, None),
            None,
            "what is not sent yet can't be copied"
        );
        assert_eq!(Parcel::of(&Content::Deleted, from), None);
    }
}
