//! The entries of a thread's menu.

use icondata::Icon as Drawing;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use tidings_device::{Input, SettingsChange};
use tidings_protocol::{NotifyLevel, Seq, ThreadId, ThreadSettings};

use super::super::Icon;
use crate::{
    live::use_live,
    wording::{MUTES, level_name, muted_until},
};

/// Which part of the menu is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    All,
    Mute,
    Level,
}

/// The entries of the leaf that is shown.
#[component]
pub(super) fn Entries(
    /// Whose menu it is.
    thread: ThreadId,
    /// How the person had the thread when the menu opened.
    settings: ThreadSettings,
    /// Whether they are no longer in it: then how they have it is nothing that could be changed.
    left: bool,
    /// Which leaf.
    leaf: RwSignal<Leaf>,
    /// Changes something and closes the menu.
    change: Callback<SettingsChange>,
    /// Closes the menu.
    close: Callback<()>,
) -> impl IntoView {
    move || match leaf.get() {
        Leaf::All if left => view! { <Left thread close /> }.into_any(),
        Leaf::All => view! { <All thread settings leaf change close /> }.into_any(),
        Leaf::Mute => view! { <Mutes change /> }.into_any(),
        Leaf::Level => view! { <Levels settings change /> }.into_any(),
    }
}

#[component]
fn Entry(
    #[prop(into)] words: String,
    /// More about it, in small print.
    #[prop(optional, into)]
    detail: Option<String>,
    drawing: Drawing,
    #[prop(into)] chosen: Callback<()>,
    /// Whether it leads to a further leaf.
    #[prop(optional)]
    leads_on: bool,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu-entry"
            role="menuitem"
            tabindex="-1"
            aria-haspopup=leads_on.then_some("menu")
            on:click=move |_| chosen.run(())
        >
            <Icon drawing />
            <span class="menu-words">
                {words} {detail.map(|detail| view! { <span class="menu-detail">{detail}</span> })}
            </span>
            {leads_on.then(|| view! { <Icon drawing=icondata::LuChevronRight /> })}
        </button>
    }
}

#[component]
fn All(
    thread: ThreadId,
    settings: ThreadSettings,
    leaf: RwSignal<Leaf>,
    change: Callback<SettingsChange>,
    close: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let to = move |wanted: SettingsChange| Callback::new(move |()| change.run(wanted));
    let pin = if settings.pinned {
        ("Unpin", icondata::LuPinOff)
    } else {
        ("Pin to the top", icondata::LuPin)
    };
    let unread = untrack(|| live.can_mark_unread(thread)).map(|seq| {
        let chosen = Callback::new(move |()| {
            live.report(Input::MarkUnread { thread, seq });
            close.run(());
        });
        view! { <Entry words="Mark as unread" drawing=icondata::LuMail chosen /> }
    });
    let read = (untrack(|| live.unread(thread)) > 0).then(|| {
        let chosen = Callback::new(move |()| {
            live.report(Input::MarkRead {
                thread,
                seq: Seq(i64::MAX),
            });
            close.run(());
        });
        view! { <Entry words="Mark as read" drawing=icondata::LuMailOpen chosen /> }
    });
    let now = live.now();
    let mute = if settings.is_muted(now) {
        let until = settings.muted_until.unwrap_or_default();
        let detail = untrack(|| muted_until(until, |at| live.moment(at), now));
        let chosen = to(SettingsChange::Mute(None));
        view! { <Entry words="Unmute" detail drawing=icondata::LuBell chosen /> }.into_any()
    } else {
        let chosen = Callback::new(move |()| leaf.set(Leaf::Mute));
        view! { <Entry words="Mute" drawing=icondata::LuBellOff chosen leads_on=true /> }.into_any()
    };
    let archive = if settings.archived {
        ("Take out of the archive", icondata::LuArchiveRestore)
    } else {
        ("Archive", icondata::LuArchive)
    };
    view! {
        <Entry words=pin.0 drawing=pin.1 chosen=to(SettingsChange::Pin(!settings.pinned)) />
        {unread}
        {read}
        {mute}
        <Entry
            words="Notify me of"
            detail=level_name(settings.level)
            drawing=icondata::LuBellRing
            chosen=Callback::new(move |()| leaf.set(Leaf::Level))
            leads_on=true
        />
        <Entry words=archive.0 drawing=archive.1 chosen=to(SettingsChange::Archive(!settings.archived)) />
    }
}

/// What there is for a group that the person has left.
#[component]
fn Left(thread: ThreadId, close: Callback<()>) -> impl IntoView {
    let navigate = use_navigate();
    let chosen = Callback::new(move |()| {
        close.run(());
        navigate(&format!("/threads/{thread}/group"), Default::default());
    });
    view! {
        <p class="menu-heading" role="presentation">
            "You are no longer in this group"
        </p>
        <Entry words="Group details" drawing=icondata::LuInfo chosen />
    }
}

#[component]
fn Mutes(change: Callback<SettingsChange>) -> impl IntoView {
    let live = use_live();
    let entries = MUTES.map(|(words, span)| {
        let chosen = Callback::new(move |()| {
            let until = span.map_or(ThreadSettings::FOREVER, |span| live.now() + span);
            change.run(SettingsChange::Mute(Some(until)));
        });
        view! { <Entry words drawing=icondata::LuBellOff chosen /> }
    });
    view! {
        <p class="menu-heading" role="presentation">
            "Mute for"
        </p>
        {entries.collect_view()}
    }
}

#[component]
fn Levels(settings: ThreadSettings, change: Callback<SettingsChange>) -> impl IntoView {
    let levels = [NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Nothing];
    let entries = levels.map(|level| {
        let is_chosen = level == settings.level;
        view! {
            <button
                type="button"
                class="menu-entry"
                role="menuitemradio"
                tabindex="-1"
                aria-checked=is_chosen.to_string()
                on:click=move |_| change.run(SettingsChange::Level(level))
            >
                {if is_chosen {
                    view! { <Icon drawing=icondata::LuCheck /> }.into_any()
                } else {
                    view! { <span class="menu-blank"></span> }.into_any()
                }}
                <span class="menu-words">{level_name(level)}</span>
            </button>
        }
    });
    view! {
        <p class="menu-heading" role="presentation">
            "Notify me of"
        </p>
        {entries.collect_view()}
    }
}
