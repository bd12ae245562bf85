//! When a message was sent, and to whom it has got how far: from its menu, and in groups from the mark of one's own.

use std::collections::HashMap;

use leptos::prelude::*;
use tidings_device::Receipts;
use tidings_protocol::{Seq, ThreadId, Timestamp, User, UserId, command::LoadReceipts, reply::Receipt};

use super::{Avatar, CloseButton, Modal, TimeText};
use crate::{
    live::{asked, use_live},
    wording::read_by,
};

/// Who has read a message, who has it unread, and whom it has not reached, which this device knows without a connection;
/// and since when, which the server is asked for.
#[component]
pub fn MessageDetails(
    /// Where the message is.
    thread: ThreadId,
    /// Who sent it.
    sender: UserId,
    /// Its place.
    seq: Seq,
    /// When it was sent.
    at: Timestamp,
    /// Takes the dialog away.
    close: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let receipts = Memo::new(move |_| live.receipts(thread, sender, seq));
    let answer = asked(live, move || {
        // Whoever reads it meanwhile has a time too.
        receipts.track();
        LoadReceipts { thread, seq }
    });
    let times = Memo::new(move |_| match answer.get() {
        Some(Ok(times)) => times.into_iter().map(|times| (times.user, times)).collect(),
        Some(Err(_)) | None => HashMap::<UserId, Receipt>::new(),
    });
    view! {
        <Modal title="Message details" close>
            <dl class="facts">
                <div>
                    <dt>"Sent"</dt>
                    <dd>
                        <TimeText at full=true />
                    </dd>
                </div>
            </dl>
            <p class="receipts-summary">{move || receipts.with(read_by)}</p>
            {move || match answer.get() {
                None if !live.is_live() => {
                    Some(view! { <p>"When is shown once there is a connection to the server."</p> }.into_any())
                }
                Some(Err(error)) => Some(view! { <p role="alert">{error.message}</p> }.into_any()),
                None | Some(Ok(_)) => None,
            }}
            {move || {
                let Receipts { read, delivered, waiting } = receipts.get();
                let times = times.get();
                view! {
                    <div class="receipts">
                        {people("Read", read, &times, (true, true))}
                        {people("Delivered, not read yet", delivered, &times, (true, false))}
                        {people("Not delivered yet", waiting, &times, (false, false))}
                    </div>
                }
            }}
            <CloseButton close />
        </Modal>
    }
}

/// People to whom it has got equally far: whether delivered, and whether read.
fn people(
    label: &'static str,
    people: Vec<User>,
    times: &HashMap<UserId, Receipt>,
    (is_delivered, is_read): (bool, bool),
) -> Option<impl IntoView + use<>> {
    let rows = people.into_iter().map(|user| {
        let times = times.get(&user.id);
        let name = user.display_name.as_str().to_owned();
        let delivered = when(times.and_then(|times| times.delivered_at), is_delivered);
        let read = when(times.and_then(|times| times.read_at), is_read);
        view! {
            <li class="receipt">
                <span class="avatar-box">
                    <Avatar user=user.id name=name.clone() />
                </span>
                <div class="receipt-text">
                    <h4>{name}</h4>
                    <dl class="facts">
                        <div>
                            <dt>"Delivered"</dt>
                            <dd>{delivered}</dd>
                        </div>
                        <div>
                            <dt>"Read"</dt>
                            <dd>{read}</dd>
                        </div>
                    </dl>
                </div>
            </li>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <section>
                <h3 class="receipts-label">{label}</h3>
                <ul class="receipts-people" aria-label=label>
                    {rows}
                </ul>
            </section>
        }
    })
}

/// A time, or what is known instead: marks are older than the times of marks.
fn when(at: Option<Timestamp>, is_so: bool) -> AnyView {
    match at.filter(|_| is_so) {
        Some(at) => view! { <TimeText at full=true /> }.into_any(),
        None if is_so => "Yes".into_any(),
        None => "Not yet".into_any(),
    }
}
