//! What members of a group are, and what they can read.

use tidings_protocol::{History, MemberRole};

/// The word for a role, where it is worth one.
#[must_use]
pub fn role_label(role: MemberRole) -> Option<&'static str> {
    match role {
        MemberRole::Member => None,
        MemberRole::Admin => Some("Admin"),
        MemberRole::Owner => Some("Owner"),
    }
}

/// Who can read what of a group, in a sentence.
#[must_use]
pub fn what_history_means(history: History) -> &'static str {
    match history {
        History::FromJoining => {
            "New members see what is said from then on. Whoever leaves can no longer read any of it."
        }
        History::All => {
            "New members see everything said before. Whoever leaves keeps what was said until then."
        }
    }
}
