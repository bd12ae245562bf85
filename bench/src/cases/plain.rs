//! Nothing is broken.

use std::collections::BTreeSet;

use crate::{
    case::Setup,
    checker::Membership,
    report::Report,
    world::{Cast, World},
};

/// Everybody writes; in the midst of it two people who had nothing to do with each other open a thread.
pub async fn undisturbed(setup: Setup) -> anyhow::Result<Report> {
    let messages = setup.messages.unwrap_or(600);
    let cast = Cast::of(&setup);
    let mut world = World::start(&setup, cast).await?;
    world.write_until_midst(messages).await;
    let [one, .., other] = &world.people[..4] else {
        anyhow::bail!("too few people");
    };
    // At least where the thread will begin.
    let since = one.snapshot().await?.position.offset + 1;
    let thread = one.open(other.me.id).await?;
    let users = BTreeSet::from([one.me.id, other.me.id]);
    world.members.insert(thread, Membership { users, since });
    let local_id = tidings_protocol::LocalId(uuid::Uuid::now_v7());
    one.say(thread, local_id, "Good to meet you.").await?;
    world.note_sent(one.me.id, thread, local_id);
    world.judge().await
}
