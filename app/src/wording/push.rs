//! What is said about notifications.

use tidings_protocol::{PushOutcome, PushProblem};

/// What a browser can do about notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushHere {
    /// They can be turned on.
    Able,
    /// The person has told the browser not to.
    Denied,
    /// The page did not come by a secure connection.
    Insecure,
    /// Only once the page is on the home screen.
    NeedsInstalling,
    /// It has no notifications, or not in private windows.
    Unsupported,
}

/// Why notifications can't be turned on in a browser and what to do about it; `None` if they can.
#[must_use]
pub fn push_obstacle(here: PushHere) -> Option<&'static str> {
    match here {
        PushHere::Able => None,
        PushHere::Denied => Some(
            "Notifications of this site are blocked in this browser. Allow them in the settings that the browser has \
             for this site, then come back.",
        ),
        PushHere::Insecure => Some(
            "This page was not opened over a secure connection, and browsers notify only of pages that were. Open it by \
             an address that begins with https://, or ask whoever runs the server.",
        ),
        PushHere::NeedsInstalling => Some(
            "On this device, notifications need Tidings on the home screen: tap Share, then “Add to Home Screen”, open \
             it from there, and turn them on here.",
        ),
        PushHere::Unsupported => Some(
            "This browser can't be notified while no page is open. A private window can't either. Try another window or \
             another browser.",
        ),
    }
}

/// What went wrong with a push.
#[must_use]
pub fn push_problem(problem: PushProblem) -> &'static str {
    match problem {
        PushProblem::TimedOut => "The push service of this browser did not answer in time.",
        PushProblem::Unreachable => "The server could not reach the push service of this browser.",
        PushProblem::Slowed => "The push service of this browser wants to be sent less for a while.",
        PushProblem::Failing => "The push service of this browser failed.",
        PushProblem::Refused => {
            "The push service of this browser refused. Turn notifications off and on again in that browser."
        }
        PushProblem::Unknown => "It did not get through.",
    }
}

/// Why a message notified or did not.
#[must_use]
pub fn push_outcome(outcome: PushOutcome) -> &'static str {
    match outcome {
        PushOutcome::Queued => "To be notified: it is on its way to your browsers.",
        PushOutcome::Sent => "Notified: you had not read it.",
        PushOutcome::Refused => "Not notified: the push service of your browser refused it.",
        PushOutcome::Gone => {
            "Not notified: no browser of yours was left to take it, or you were no longer in the thread."
        }
        PushOutcome::Late => "Not notified: the push service of your browser could not be reached in time.",
        PushOutcome::Read => "Not notified: you had read it already.",
        PushOutcome::Deleted => "Not notified: it was deleted.",
        PushOutcome::Old => "Not notified: it was old when the server came back.",
        PushOutcome::Muted => "Not notified: you have muted the thread.",
        PushOutcome::Nothing => "Not notified: you want no notifications of the thread.",
        PushOutcome::NoMention => "Not notified: it does not mention you.",
        PushOutcome::Unknown => "Decided by a rule that this version does not know.",
    }
}

/// What a browser is called, from how it names itself to servers.
#[must_use]
pub fn browser_name(agent: &str) -> String {
    // In an order in which those that pretend to be another one come first.
    let browser = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let system = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (named(&browser), named(&system)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_name_and_not_by_those_it_pretends_to_be() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.1", "A browser"),
        ] {
            assert_eq!(browser_name(agent), name);
        }
    }

    #[test]
    fn only_a_browser_that_can_has_no_obstacle() {
        assert_eq!(push_obstacle(PushHere::Able), None);
        for here in [
            PushHere::Denied,
            PushHere::Insecure,
            PushHere::NeedsInstalling,
            PushHere::Unsupported,
        ] {
            assert!(push_obstacle(here).is_some(), "{here:?}");
        }
    }
}
