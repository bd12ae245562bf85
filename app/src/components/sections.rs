//! The parts of the product.

use leptos::prelude::*;
use leptos_router::components::A;
use tidings_protocol::AccountRole;

use super::Icon;
use crate::live::use_live;

/// Links to threads, people, clients, settings, and for admins the accounts.
#[component]
pub fn Sections() -> impl IntoView {
    let live = use_live();
    let admin = Memo::new(move |_| live.me().role >= AccountRole::Admin);
    view! {
        <nav class="sections" aria-label="Sections">
            <A href="/" exact=true attr:class="section section-home">
                <Icon drawing=icondata::LuMessagesSquare />
                <span>"Threads"</span>
            </A>
            <A href="/people" attr:class="section">
                <Icon drawing=icondata::LuUsers />
                <span>"People"</span>
            </A>
            <A href="/clients" attr:class="section">
                <Icon drawing=icondata::LuBriefcase />
                <span>"Clients"</span>
            </A>
            {move || {
                admin
                    .get()
                    .then(|| {
                        view! {
                            <A href="/admin" attr:class="section">
                                <Icon drawing=icondata::LuShield />
                                <span>"Admin"</span>
                            </A>
                        }
                    })
            }}
            <A href="/settings" attr:class="section section-last">
                <Icon drawing=icondata::LuSettings />
                <span>"Settings"</span>
            </A>
        </nav>
    }
}
