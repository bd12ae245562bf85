//! How the connection does, for somebody who wonders why it is slow or whom to ask.

use leptos::{prelude::*, task::spawn_local};
use tidings_device::Input;
use tidings_protocol::{limits, poll::Reach};

use crate::{live::use_live, wording};

/// What carries the connection, how quick it is, how far it has got, and what is wrong with the network, if anything.
/// Measured while it is shown.
#[component]
pub fn ConnectionPanel() -> impl IntoView {
    let live = use_live();
    let connection = Memo::new(move |_| live.connection());
    let reach = RwSignal::new(None::<Reach>);
    let connected = Memo::new(move |_| connection.read().live);
    let blocked = Memo::new(move |_| connection.read().detour);
    let clock = Memo::new(move |_| live.clock());
    Effect::new(move |_| {
        // Each time the clock moves, and whenever the connection is back.
        clock.track();
        if connected.get() {
            live.report(Input::Measure);
        }
    });
    Effect::new(move |_| {
        if blocked.get().is_some() && connected.get() {
            spawn_local(async move {
                let answer = live.reach().await;
                reach.try_set(answer);
            });
        }
    });
    let blockage = move || {
        blocked.get().map(|detour| {
            let tried = detour.until - limits::SOCKET_AVOIDED_FOR;
            let seen = reach.get().map(|reach| reach.handshake);
            let said = wording::blockage(detour.fault, seen, clock.get().since(tried));
            view! {
                <p class="panel-text">{said.what}</p>
                <p class="panel-text">{said.next}</p>
            }
        })
    };
    let position = move || match connection.read().position {
        Some(position) => position.offset.to_string(),
        None => "None yet".to_owned(),
    };
    view! {
        <dl class="facts">
            <div>
                <dt>"Connected by"</dt>
                <dd>{move || wording::carried_by(connection.read().over)}</dd>
            </div>
            <div>
                <dt>"Answer of the server"</dt>
                <dd>{move || wording::round_trip(connection.read().round_trip)}</dd>
            </div>
            <div>
                <dt>"Last position"</dt>
                <dd>{position}</dd>
            </div>
        </dl>
        // Said when it is found out, which may be some seconds after the page has come.
        <div role="status">{blockage}</div>
    }
}
