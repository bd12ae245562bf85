//! Defences that can be taken away, each to show that the simulation would notice.

/// A defence less. Each is taken away where the simulation stands between the real parts, never in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// An event is lost on the way, and the beats count as if it had never been sent.
    SilentLoss,
    /// A message that is sent again gets a new local id.
    NewLocalIds,
    /// A device resumes from one place further than where it stands.
    SkipAhead,
    /// The device's storage says that it keeps what it does not.
    ForgetfulStorage,
    /// An event is also written to the connection of somebody else.
    CrossedWires,
    /// Messages arrive at a device with the places of two neighbours exchanged.
    Shuffled,
    /// A device is never told that its session has ended.
    DeafToSignOut,
    /// The text of a message changes on its way to the server.
    AlteredText,
    /// Changes of presence don't arrive.
    LostPresence,
}

impl Mutation {
    /// All, with the names by which they are asked for.
    pub const ALL: [(&'static str, Self); 9] = [
        ("silent-loss", Self::SilentLoss),
        ("new-local-ids", Self::NewLocalIds),
        ("skip-ahead", Self::SkipAhead),
        ("forgetful-storage", Self::ForgetfulStorage),
        ("crossed-wires", Self::CrossedWires),
        ("shuffled", Self::Shuffled),
        ("deaf-to-sign-out", Self::DeafToSignOut),
        ("altered-text", Self::AlteredText),
        ("lost-presence", Self::LostPresence),
    ];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, mutation)| *mutation)
    }
}
