//! How the connection does, and what is wrong with the network, as far as a browser can know.

use std::time::Duration;

use tidings_device::{Fault, Transport};
use tidings_protocol::poll::Handshake;

/// How much older than a try a handshake may seem and still be of that try: a try takes some seconds to fail.
const SAME_TRY: Duration = Duration::from_secs(15);

/// What carries the connection.
#[must_use]
pub fn carried_by(over: Option<Transport>) -> &'static str {
    match over {
        None => "Not connected",
        Some(Transport::Socket) => "WebSocket",
        Some(Transport::LongPoll) => "Long polling",
    }
}

/// How long the server takes to answer.
#[must_use]
pub fn round_trip(time: Option<Duration>) -> String {
    match time {
        None => "Not measured yet".to_owned(),
        Some(time) if time < Duration::from_millis(1) => "Less than 1 ms".to_owned(),
        Some(time) => format!("{} ms", time.as_millis()),
    }
}

/// What keeps sockets from getting through: what is wrong, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blockage {
    /// The likely fault.
    pub what: &'static str,
    /// What helps.
    pub next: &'static str,
}

const FOR_THE_PROXY: &str = "Messages arrive all the same, by long polling. Whoever runs the proxy can mend it: it has to pass on the headers \
     Upgrade and Connection, and the answer to them, unchanged.";
const FOR_THE_NETWORK: &str = "Messages arrive all the same, by long polling. Another network works better; or ask whoever runs this one to let \
     WebSockets to this address through.";

/// What is wrong with a network on which sockets fail by `fault`. `seen`: the newest request for a socket that reached
/// the server, where that is known; `ago`: how long ago the try was that failed.
#[must_use]
pub fn blockage(fault: Fault, seen: Option<Option<Handshake>>, ago: Duration) -> Blockage {
    let arrived = seen.map(|seen| {
        seen.filter(|handshake| Duration::from_millis(handshake.ago_ms) < ago + SAME_TRY)
            .map(|handshake| handshake.upgrade)
    });
    let (what, next) = match (fault, arrived) {
        (Fault::Cut, _) => (
            "Something between this browser and the server cuts WebSockets soon after they have opened.",
            FOR_THE_NETWORK,
        ),
        (_, Some(Some(false))) => (
            "A proxy between this browser and the server strips the Upgrade header, so WebSockets can't open.",
            FOR_THE_PROXY,
        ),
        (_, Some(Some(true))) => (
            "Requests for a WebSocket reach the server, and a proxy keeps its answer from coming back.",
            FOR_THE_PROXY,
        ),
        (Fault::Refused, Some(None)) => (
            "Something between this browser and the server, such as a proxy or a security program, answers requests for \
             WebSockets in the server's place.",
            FOR_THE_NETWORK,
        ),
        (Fault::Silent, Some(None)) => (
            "Something between this browser and the server swallows requests for WebSockets and does not answer.",
            FOR_THE_NETWORK,
        ),
        (Fault::Refused, None) => ("WebSockets are refused on this network.", FOR_THE_NETWORK),
        (Fault::Silent, None) => ("WebSockets get no answer on this network.", FOR_THE_NETWORK),
    };
    Blockage { what, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn handshake(ago: Duration, upgrade: bool) -> Option<Option<Handshake>> {
        let ago_ms = u64::try_from(ago.as_millis()).unwrap();
        Some(Some(Handshake { ago_ms, upgrade }))
    }

    #[test]
    fn what_reached_the_server_tells_where_it_goes_wrong() {
        for (fault, seen, expected) in [
            (
                Fault::Refused,
                handshake(MINUTE, false),
                "strips the Upgrade header",
            ),
            (
                Fault::Silent,
                handshake(MINUTE, false),
                "strips the Upgrade header",
            ),
            (
                Fault::Refused,
                handshake(MINUTE, true),
                "keeps its answer from coming back",
            ),
            (Fault::Refused, Some(None), "in the server's place"),
            (Fault::Silent, Some(None), "does not answer"),
            (Fault::Cut, handshake(MINUTE, true), "cuts WebSockets"),
            (Fault::Refused, None, "refused on this network"),
        ] {
            let said = blockage(fault, seen, MINUTE).what;
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_handshake_of_an_earlier_try_says_nothing_about_this_one() {
        let earlier = handshake(10 * MINUTE, false);
        let said = blockage(Fault::Refused, earlier, MINUTE);
        assert_eq!(said, blockage(Fault::Refused, Some(None), MINUTE));
    }

    #[test]
    fn a_round_trip_is_told_in_milliseconds() {
        assert_eq!(round_trip(None), "Not measured yet");
        assert_eq!(round_trip(Some(Duration::ZERO)), "Less than 1 ms");
        assert_eq!(round_trip(Some(Duration::from_millis(34))), "34 ms");
    }
}
