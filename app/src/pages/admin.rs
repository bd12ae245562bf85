//! Accounts, invitations and what was deleted, for admins.

mod deletions;

use leptos::{either::EitherOf3, html, prelude::*, task::spawn_local};
use tidings_protocol::{
    AccountRole, ApiError, User,
    command::{CreateInvite, ListInvites, ListUsers, RevokeInvite, SetActive, SetRole},
    reply::Invite,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use self::deletions::Deletions;
use super::NotFoundHere;
use crate::{
    components::{EmptyState, Notice, PageHeader, PersonLine, TimeText},
    live::{asked, use_live},
};

/// What a role is called.
pub(super) fn role_name(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Staff => "Staff",
        AccountRole::Admin => "Admin",
        AccountRole::Owner => "Owner",
    }
}

const ROLES: [(&str, AccountRole); 3] = [
    ("staff", AccountRole::Staff),
    ("admin", AccountRole::Admin),
    ("owner", AccountRole::Owner),
];

fn role_of(value: &str) -> AccountRole {
    ROLES
        .into_iter()
        .find(|(key, _)| *key == value)
        .map_or(AccountRole::Staff, |(_, role)| role)
}

/// People and invitations.
#[component]
pub fn AdminPage() -> impl IntoView {
    let live = use_live();
    let admin = Memo::new(move |_| live.me().role >= AccountRole::Admin);
    move || {
        if admin.get() {
            view! {
                <PageHeader title="Admin" />
                <div class="page-body">
                    <Invites />
                    <Accounts />
                    <Deletions />
                </div>
            }
            .into_any()
        } else {
            view! { <NotFoundHere what="page" /> }.into_any()
        }
    }
}

#[component]
fn Accounts() -> impl IntoView {
    let live = use_live();
    let changes = RwSignal::new(0_u32);
    let outcome = RwSignal::new(None);
    let users = asked(live, move || {
        changes.track();
        ListUsers {}
    });
    let told = move |result: Result<User, ApiError>| {
        outcome.try_set(Some(
            result.map(|user| format!("{} is changed.", user.display_name.as_str())),
        ));
        changes.try_update(|count| *count += 1);
    };
    let set_role = Callback::new(move |(user, role): (User, AccountRole)| {
        spawn_local(async move { told(live.ask(SetRole { user: user.id, role }).await) });
    });
    let set_active = Callback::new(move |(user, active): (User, bool)| {
        spawn_local(async move {
            told(
                live.ask(SetActive {
                    user: user.id,
                    active,
                })
                .await,
            )
        });
    });
    view! {
        <section class="panel" aria-labelledby="admin-accounts">
            <h2 id="admin-accounts">"Accounts"</h2>
            <Notice outcome />
            {move || match users.get() {
                None => EitherOf3::A(view! { <p class="page-note">"Waiting for the server…"</p> }),
                Some(Err(error)) => {
                    EitherOf3::B(view! { <p class="page-note" role="alert">{error.message}</p> })
                }
                Some(Ok(users)) => {
                    EitherOf3::C(
                        view! {
                            <ul class="lines" aria-label="Accounts">
                                {users
                                    .into_iter()
                                    .map(|user| view! { <Account user set_role set_active /> })
                                    .collect_view()}
                            </ul>
                        },
                    )
                }
            }}
        </section>
    }
}

#[component]
fn Account(
    user: User,
    set_role: Callback<(User, AccountRole)>,
    set_active: Callback<(User, bool)>,
) -> impl IntoView {
    let live = use_live();
    let me = untrack(|| live.me());
    let myself = user.id == me.id;
    let name = user.display_name.as_str().to_owned();
    let may_change_role = me.role == AccountRole::Owner && !myself;
    let may_deactivate = !myself && (me.role == AccountRole::Owner || user.role == AccountRole::Staff);
    let (of_role, of_active) = (user.clone(), user.clone());
    let role = user.role;
    let active = user.active;
    view! {
        <PersonLine user>
            {(!active).then(|| view! { <span class="label">"Deactivated"</span> })}
            {if may_change_role {
                view! {
                    <select
                        aria-label=format!("Role of {name}")
                        on:change:target=move |event| {
                            set_role.run((of_role.clone(), role_of(&event.target().value())));
                        }
                    >
                        {ROLES
                            .into_iter()
                            .map(|(key, of)| {
                                view! {
                                    <option value=key selected=of == role>
                                        {role_name(of)}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                }
                    .into_any()
            } else {
                view! { <span class="label">{role_name(role)}</span> }.into_any()
            }}
            {may_deactivate
                .then(|| {
                    let verb = if active { "Deactivate" } else { "Activate" };
                    view! {
                        <button
                            type="button"
                            class="button button-quiet button-small"
                            aria-label=format!("{verb} {name}")
                            on:click=move |_| set_active.run((of_active.clone(), !active))
                        >
                            {verb}
                        </button>
                    }
                })}
        </PersonLine>
    }
}

#[component]
fn Invites() -> impl IntoView {
    let live = use_live();
    let changes = RwSignal::new(0_u32);
    let outcome = RwSignal::new(None);
    let role = RwSignal::new(AccountRole::Staff);
    let made = RwSignal::new(None::<Invite>);
    let invites = asked(live, move || {
        changes.track();
        ListInvites {}
    });
    let create = move || {
        let role = role.get_untracked();
        spawn_local(async move {
            match live.ask(CreateInvite { role }).await {
                Ok(invite) => {
                    made.try_set(Some(invite));
                    outcome.try_set(None);
                }
                Err(error) => {
                    outcome.try_set(Some(Err(error)));
                }
            }
            changes.try_update(|count| *count += 1);
        });
    };
    let revoke = Callback::new(move |invite: Invite| {
        spawn_local(async move {
            let result = live.ask(RevokeInvite { invite: invite.id }).await;
            outcome.try_set(Some(result.map(|()| "The invitation is revoked.".to_owned())));
            made.try_update(|made| made.take_if(|made| made.id == invite.id));
            changes.try_update(|count| *count += 1);
        });
    });
    view! {
        <section class="panel" aria-labelledby="admin-invites">
            <h2 id="admin-invites">"Invitations"</h2>
            <form
                class="toolbar"
                on:submit=move |event| {
                    event.prevent_default();
                    create();
                }
            >
                <div class="field">
                    <label for="invite-role">"Role"</label>
                    <select
                        id="invite-role"
                        on:change:target=move |event| role.set(role_of(&event.target().value()))
                    >
                        <option value="staff">"Staff"</option>
                        {move || {
                            (live.me().role == AccountRole::Owner)
                                .then(|| view! { <option value="admin">"Admin"</option> })
                        }}
                    </select>
                </div>
                <button class="button">"Create invite link"</button>
            </form>
            <Notice outcome />
            {move || made.get().and_then(|invite| invite.link).map(|link| view! { <NewLink link /> })}
            {move || match invites.get() {
                None => EitherOf3::A(view! { <p class="page-note">"Waiting for the server…"</p> }),
                Some(Ok(invites)) if !invites.is_empty() => {
                    EitherOf3::B(
                        view! {
                            <ul class="lines" aria-label="Invitations">
                                {invites
                                    .into_iter()
                                    .map(|invite| {
                                        let expires_at = invite.expires_at;
                                        view! {
                                            <li class="person">
                                                <span class="person-text">
                                                    <span class="person-name">{role_name(invite.role)}</span>
                                                    <span class="person-detail">
                                                        "Works until " <TimeText at=expires_at brief=true />
                                                    </span>
                                                </span>
                                                <button
                                                    type="button"
                                                    class="button button-quiet button-small"
                                                    on:click=move |_| revoke.run(invite.clone())
                                                >
                                                    "Revoke"
                                                </button>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        },
                    )
                }
                Some(_) => {
                    EitherOf3::C(
                        view! {
                            <EmptyState drawing=icondata::LuMail title="No open invitations">
                                <p>"Create a link and send it to the person who is to join."</p>
                            </EmptyState>
                        },
                    )
                }
            }}
        </section>
    }
}

/// A link that is shown once, because the server keeps only its hash.
#[component]
fn NewLink(link: String) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(None);
    let copy = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
            let done = copy_selection();
            copied.set(done.then(|| Ok("Copied.".to_owned())));
        }
    };
    view! {
        <div class="new-link">
            <div class="field grow">
                <label for="invite-link">"Link for one person, shown only now"</label>
                <input id="invite-link" type="text" readonly=true value=link node_ref=field />
            </div>
            <button type="button" class="button" on:click=copy>
                "Copy link"
            </button>
            <Notice outcome=copied />
        </div>
    }
}

/// Copies what is selected. The clipboard interface that replaces this exists on https only, and an intranet may
/// not have that.
fn copy_selection() -> bool {
    let document = document().dyn_into::<HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}
