//! A run of messages far from the newest ones, and what a page that is missing is for.

use tidings_protocol::{Seq, command::Anchor};

use crate::{history::History, timeline::Window};

/// Consecutive messages with a gap between them and the run that ends at the newest. It becomes part of that run as soon
/// as the two touch.
#[derive(Debug)]
pub(crate) struct Excerpt {
    pub(crate) history: History,
    pub(crate) window: Window,
    /// Whether it is on screen instead of the newest run.
    pub(crate) shown: bool,
}

impl Excerpt {
    /// An empty one of a thread that may be seen after `before`.
    pub(crate) fn after(before: Seq) -> Self {
        Self {
            history: History::after(before),
            window: Window::default(),
            shown: false,
        }
    }
}

/// A page that is wanted, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) part: Part,
    pub(crate) from: Anchor,
}

/// Which run a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The one that ends at the newest message.
    Newest,
    /// The excerpt.
    Excerpt,
    /// A new excerpt around a message that is not loaded.
    Around(Seq),
    /// None: it is for what is quoted.
    Quoted(Seq),
}

impl Missing {
    pub(crate) fn newest(from: Anchor) -> Self {
        Self {
            part: Part::Newest,
            from,
        }
    }

    pub(crate) fn excerpt(from: Anchor) -> Self {
        Self {
            part: Part::Excerpt,
            from,
        }
    }

    pub(crate) fn around(seq: Seq) -> Self {
        Self {
            part: Part::Around(seq),
            from: Anchor::Around { seq },
        }
    }

    pub(crate) fn quoted(seq: Seq) -> Self {
        Self {
            part: Part::Quoted(seq),
            from: Anchor::Around { seq },
        }
    }
}
