//! What there is to know and to do about a group.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map},
};
use tidings_device::{Membership, ThreadRow};
use tidings_protocol::{
    ApiError, Member, MemberRole, Reply, Request, Seq, ThreadId, ThreadKind, Title, User, UserId,
    command::{AddMembers, LeaveGroup, RemoveMember, RenameGroup, SetMemberRole},
    rights,
};

use super::NotFoundHere;
use crate::{
    components::{
        ClientChip, Confirm, FormField, Icon, Notice, PageHeader, PeoplePicker, PersonLine, Question,
    },
    live::{Live, use_live},
    wording::{counted, role_label, what_history_means},
};

/// The group that the address names.
#[component]
pub fn GroupPage() -> impl IntoView {
    let live = use_live();
    let params = use_params_map();
    let group = Memo::new(move |_| {
        let thread = params.read().get("thread")?.parse::<ThreadId>().ok()?;
        let row = live.thread(thread)?;
        (row.kind == ThreadKind::Group).then_some(thread)
    });
    move || match group.get() {
        Some(thread) => view! { <Details thread /> }.into_any(),
        None => view! { <NotFoundHere what="group" /> }.into_any(),
    }
}

/// What a person may do, and how it went.
#[derive(Clone, Copy)]
struct Doing {
    live: Live,
    thread: ThreadId,
    role: Memo<Option<MemberRole>>,
    outcome: RwSignal<Option<Result<String, ApiError>>>,
    question: RwSignal<Option<Question>>,
}

impl Doing {
    fn may(self, right: impl Fn(MemberRole) -> bool) -> bool {
        self.role.get().is_some_and(right)
    }

    /// Asks the server, and says how it went.
    fn ask<R>(self, request: R, done: String)
    where
        R: Request + 'static,
        R::Reply: TryFrom<Reply, Error = ApiError>,
    {
        let Self { live, outcome, .. } = self;
        spawn_local(async move {
            let answer = live.ask(request).await;
            outcome.try_set(Some(answer.map(|_| done)));
        });
    }
}

#[component]
fn Details(thread: ThreadId) -> impl IntoView {
    let live = use_live();
    let row = Memo::new(move |_| live.thread(thread));
    let title = Memo::new(move |_| row.with(|row| named(row.as_ref())));
    let doing = Doing {
        live,
        thread,
        role: Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.role))),
        outcome: RwSignal::new(None),
        question: RwSignal::new(None),
    };
    let about = move || {
        row.with(|row| {
            let row = row.as_ref()?;
            let client = row.client.as_ref();
            let client = client.map(|client| view! { <ClientChip name=client.name.clone() /> });
            Some(view! { <p class="panel-text">{what_history_means(row.history)} " " {client}</p> })
        })
    };
    let is_member = Memo::new(move |_| doing.role.get().is_some());
    view! {
        <PageHeader title back=format!("/threads/{thread}") />
        <div class="page-body">
            <Notice outcome=doing.outcome />
            <section class="panel" aria-labelledby="group-about">
                <h2 id="group-about">"About this group"</h2>
                {about}
                <Rename doing title />
            </section>
            {move || {
                if is_member.get() {
                    view! {
                        <Members doing />
                        <Leave doing title />
                    }
                        .into_any()
                } else {
                    view! { <p class="page-note">"You are no longer in this group. Who is in it now is not shown."</p> }
                        .into_any()
                }
            }}
        </div>
        <Confirm question=doing.question />
    }
}

fn named(row: Option<&ThreadRow>) -> String {
    let title = row.and_then(|row| row.title.as_ref());
    title.map_or_else(|| "Group".to_owned(), |title| title.as_str().to_owned())
}

#[component]
fn Rename(doing: Doing, title: Memo<String>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let wrong = RwSignal::new(None::<String>);
    let may = Memo::new(move |_| doing.may(MemberRole::may_rename));
    let rename = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = field
            .get_untracked()
            .map(|field| field.value())
            .unwrap_or_default();
        match Title::new(&text) {
            Ok(title) => {
                wrong.set(None);
                let thread = doing.thread;
                doing.ask(RenameGroup { thread, title }, "Renamed.".to_owned());
            }
            Err(error) => wrong.set(Some(format!("{error}."))),
        }
    };
    move || {
        may.get().then(|| {
            view! {
                <form class="new-link" on:submit=rename>
                    <div class="grow">
                        <FormField
                            label="Name"
                            id="group-title"
                            named=false
                            value=title.get_untracked()
                            error=wrong
                            node_ref=field
                        />
                    </div>
                    <button class="button">"Rename"</button>
                </form>
            }
        })
    }
}

#[component]
fn Members(doing: Doing) -> impl IntoView {
    let live = use_live();
    let Doing { thread, .. } = doing;
    let members = Memo::new(move |_| {
        let mut members = live.memberships(thread);
        // Those who keep order first, then by name.
        members.sort_by(|one, other| {
            let name = |member: &Membership| member.user.display_name.as_str().to_lowercase();
            other
                .role
                .cmp(&one.role)
                .then_with(|| name(one).cmp(&name(other)))
        });
        members
    });
    let may_add = Memo::new(move |_| doing.may(MemberRole::may_add));
    let adding = RwSignal::new(false);
    let chosen = RwSignal::new(Vec::<User>::new());
    let without = Memo::new(move |_| {
        let members = members.read();
        members
            .iter()
            .map(|member| member.user.id)
            .collect::<BTreeSet<UserId>>()
    });
    let add = move |_| {
        let people = chosen.get_untracked();
        if people.is_empty() {
            return;
        }
        let users = people.iter().map(|user| user.id).collect();
        let done = format!("Added {}.", counted(people.len(), "person", "people"));
        doing.ask(AddMembers { thread, users }, done);
        chosen.set(Vec::new());
        adding.set(false);
    };
    view! {
        <section class="panel" aria-labelledby="group-members">
            <div class="panel-top">
                <h2 id="group-members">{move || counted(members.read().len(), "member", "members")}</h2>
                {move || {
                    may_add
                        .get()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button button-small"
                                    aria-expanded=move || adding.get().to_string()
                                    on:click=move |_| adding.update(|adding| *adding = !*adding)
                                >
                                    <Icon drawing=icondata::LuUserPlus />
                                    "Add people"
                                </button>
                            }
                        })
                }}
            </div>
            {move || {
                (adding.get() && may_add.get())
                    .then(|| {
                        view! {
                            <div class="adding">
                                <PeoplePicker id="group-add" chosen without />
                                <div class="button-row">
                                    <button
                                        type="button"
                                        class="button"
                                        disabled=move || chosen.read().is_empty()
                                        on:click=add
                                    >
                                        "Add to group"
                                    </button>
                                    <button
                                        type="button"
                                        class="button button-quiet"
                                        on:click=move |_| adding.set(false)
                                    >
                                        "Cancel"
                                    </button>
                                </div>
                            </div>
                        }
                    })
            }}
            <ul class="lines" aria-label="Members">
                <For
                    each=move || members.get()
                    key=|Membership { user, .. }| (user.id, user.display_name.clone(), user.active)
                    let:member
                >
                    <MemberLine doing member members />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn MemberLine(doing: Doing, member: Membership, members: Memo<Vec<Membership>>) -> impl IntoView {
    let live = use_live();
    let Membership { user, role: at_first } = member;
    let id = user.id;
    // Follows without making the line anew, so that whoever changes it keeps the focus.
    let role = Memo::new(move |_| {
        let members = members.read();
        let member = members.iter().find(|member| member.user.id == id);
        member.map_or(at_first, |member| member.role)
    });
    let presence = Memo::new(move |_| live.presence(id).presence);
    let is_me = untrack(|| live.me().id == id);
    let name = StoredValue::new(user.display_name.as_str().to_owned());
    let label = |text: &'static str| view! { <span class="label">{text}</span> };
    let may_set = Memo::new(move |_| !is_me && doing.may(MemberRole::may_set_roles));
    let may_remove = Memo::new(move |_| !is_me && doing.may(|mine| mine.may_remove(role.get())));
    let inactive = (!user.active).then(|| label("Account deactivated"));
    view! {
        <PersonLine user presence=Some(presence.into())>
            {is_me.then(|| label("You"))} {inactive}
            {move || (!may_set.get()).then(|| role_label(role.get()).map(label))}
            {move || may_set.get().then(|| roles(doing, id, role, &name.get_value()))}
            {move || may_remove.get().then(|| removal(doing, id, &name.get_value()))}
        </PersonLine>
    }
}

fn roles(doing: Doing, user: UserId, role: Memo<MemberRole>, name: &str) -> impl IntoView + use<> {
    let Doing { thread, .. } = doing;
    let done = format!("{name} has another role.");
    let option = move |value: &'static str, label: &'static str, of: MemberRole| {
        view! {
            <option value=value selected=move || of == role.get()>
                {label}
            </option>
        }
    };
    view! {
        <select
            aria-label=format!("Role of {name}")
            on:change:target=move |event| {
                let role = match event.target().value().as_str() {
                    "owner" => MemberRole::Owner,
                    "admin" => MemberRole::Admin,
                    _ => MemberRole::Member,
                };
                doing.ask(SetMemberRole { thread, user, role }, done.clone());
            }
        >
            {option("member", "Member", MemberRole::Member)}
            {option("admin", "Admin", MemberRole::Admin)}
            {option("owner", "Owner", MemberRole::Owner)}
        </select>
    }
}

fn removal(doing: Doing, user: UserId, name: &str) -> impl IntoView + use<> {
    let Doing { thread, .. } = doing;
    let name = name.to_owned();
    let label = format!("Remove {name}");
    let ask = move |_| {
        let done = format!("Removed {name}.");
        let act = Callback::new(move |()| doing.ask(RemoveMember { thread, user }, done.clone()));
        doing.question.set(Some(Question {
            title: format!("Remove {name}?"),
            text: "They get no more messages of this group. You can add them again.".to_owned(),
            yes: "Remove",
            act,
        }));
    };
    view! {
        <button type="button" class="button button-quiet button-small" aria-label=label on:click=ask>
            "Remove"
        </button>
    }
}

#[component]
fn Leave(doing: Doing, title: Memo<String>) -> impl IntoView {
    let live = use_live();
    let Doing { thread, question, .. } = doing;
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match live.ask(LeaveGroup { thread }).await {
                Ok(()) => navigate("/", NavigateOptions::default()),
                Err(error) => {
                    doing.outcome.try_set(Some(Err(error)));
                }
            }
        });
    });
    let ask = move |_| {
        let (row, members) = untrack(|| (live.thread(thread), live.memberships(thread)));
        let kept = row.is_some_and(|row| row.history.is_kept());
        let then = if kept {
            "You keep what was said until now, and get nothing more."
        } else {
            "You can't read any of it afterwards."
        };
        let heir = heir(&members, untrack(|| live.me().id));
        let heir = heir.map_or_else(String::new, |heir| format!(" {heir} will own the group."));
        question.set(Some(Question {
            title: format!("Leave “{}”?", title.get_untracked()),
            text: format!("{then}{heir}"),
            yes: "Leave",
            act: leave,
        }));
    };
    view! {
        <div class="button-row">
            <button type="button" class="button button-danger" on:click=ask>
                <Icon drawing=icondata::LuLogOut />
                "Leave group"
            </button>
        </div>
    }
}

/// The name of whoever will own the group when `me` leaves, if that changes.
fn heir(members: &[Membership], me: UserId) -> Option<String> {
    let plain: Vec<Member> = members
        .iter()
        .map(|member| Member::new(member.user.id, member.role, Seq::ZERO))
        .collect();
    let of = |id: UserId| members.iter().find(|member| member.user.id == id);
    let heir = rights::heir(&plain, me, |user| {
        of(user).is_some_and(|member| member.user.active)
    })?;
    of(heir).map(|member| member.user.display_name.as_str().to_owned())
}
