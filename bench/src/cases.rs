//! Every case there is.

mod backup;
mod crash;
mod database_server;
mod fail_points;
mod flapping;
mod machine;
mod migration;
mod network;
mod plain;
mod power;
mod readers;
mod restart;
mod versions;

use futures_util::FutureExt;

use crate::case::Case;

/// Takes a case's name apart from how it is played, so that the table below stays one.
macro_rules! case {
    ($name:literal, $proves:literal, $play:path, without $mutations:expr $(, $also:ident)*) => {{
        #[allow(unused_mut, reason = "most cases have nothing else to say")]
        let mut case = Case {
            name: $name,
            proves: $proves,
            mutations: &$mutations,
            quick: false,
            needs_fail_points: false,
            play: |setup| $play(setup).boxed(),
        };
        $(case.$also = true;)*
        case
    }};
}

/// All cases, in the order of the report.
#[must_use]
pub fn all() -> Vec<Case> {
    vec![
        case!(
            "undisturbed",
            "Nothing is lost, doubled or shown to a stranger while nothing is broken.",
            plain::undisturbed,
            without["no-membership-check-at-delivery"],
            quick
        ),
        case!(
            "half-open",
            "A peer that vanishes without a word is noticed within 35 s by both sides, and grey within 50 s.",
            network::half_open,
            without["silent-peers-kept"],
            quick
        ),
        case!(
            "killed-in-a-burst",
            "SIGKILL at any moment of a burst loses nothing that was acknowledged.",
            crash::killed_in_a_burst,
            without["ack-before-commit"],
            quick
        ),
        case!(
            "frozen",
            "A server that stops for a while and goes on loses nothing.",
            crash::frozen,
            without [],
            quick
        ),
        case!(
            "aborted-before-commit",
            "A crash before the commit leaves nothing, and what is sent again is stored once.",
            fail_points::before_commit,
            without["ack-before-commit"],
            quick,
            needs_fail_points
        ),
        case!(
            "aborted-after-commit",
            "A crash between commit and answer: the message is there once, and everybody learns of it.",
            fail_points::after_commit,
            without["no-replay"],
            quick,
            needs_fail_points
        ),
        case!(
            "aborted-before-fan-out",
            "A crash between answer and delivery: everybody gets the message after the restart.",
            fail_points::before_fan_out,
            without["no-replay"],
            quick,
            needs_fail_points
        ),
        case!(
            "panic-in-the-writer",
            "A panic in one operation does not end the writing.",
            fail_points::panic_in_the_writer,
            without["writer-dies-of-panic"],
            quick,
            needs_fail_points
        ),
        case!(
            "panic-in-a-connection",
            "A panic in one connection's task closes this socket, with a code, and no other.",
            fail_points::panic_in_a_connection,
            without["socket-dies-of-panic"],
            quick,
            needs_fail_points
        ),
        case!(
            "power-cut",
            "Nothing acknowledged is lost when everything that was not synced is gone.",
            power::cut,
            without ["synchronous-normal", "ack-before-commit"],
            quick
        ),
        case!(
            "failing-sync",
            "While the disk can't be synced nothing is acknowledged, and what is afterwards survives a power cut.",
            power::failing_sync,
            without["failed-commit-acked"],
            quick
        ),
        case!(
            "slow-sync",
            "A disk that takes 150 ms for each sync slows messages down, and no message waits for 3 s.",
            power::slow_sync,
            without["no-group-commit"]
        ),
        case!(
            "clock-jumps",
            "A clock that jumps by hours, both ways, disturbs neither order nor delivery.",
            power::clock_jumps,
            without []
        ),
        case!(
            "database-locked",
            "Another process that holds the database's lock for 8 s delays messages, and loses none.",
            machine::database_locked,
            without []
        ),
        case!(
            "disk-full",
            "A full disk refuses messages; once there is room they are stored, without a restart.",
            machine::disk_full,
            without["failed-commit-acked"]
        ),
        case!(
            "memory-limit",
            "With 256 MiB a flood for devices that don't read is survived.",
            machine::memory_limit,
            without["unbounded-queue"]
        ),
        case!(
            "few-file-descriptors",
            "With no file descriptor left, open sockets go on, and new ones get in once there are.",
            machine::few_file_descriptors,
            without []
        ),
        case!(
            "stopped-under-load",
            "SIGTERM closes every socket with 1012 within 10 s; devices return by themselves and resume.",
            restart::stopped_under_load,
            without["no-goodbye"],
            quick
        ),
        case!(
            "restored-from-a-backup",
            "A backup that takes the database's place undoes what came after it, and nothing else; devices find out by themselves.",
            backup::restored,
            without["epoch-kept"],
            quick
        ),
        case!(
            "restored-moments-later",
            "The same with a backup of the last moment, some of which devices have not even acknowledged.",
            backup::restored_moments_later,
            without["epoch-kept"]
        ),
        case!(
            "killed-in-a-migration",
            "A server that dies, or whose power is cut, while it brings a database up to date does it at its next start.",
            migration::killed,
            without["migrations-in-pieces"]
        ),
        case!(
            "newer-database",
            "A program that is older than its database says so, and leaves it as it is.",
            migration::newer,
            without["newer-schema-ignored"],
            quick
        ),
        case!(
            "outdated-devices",
            "Devices whose protocol is not spoken any more are told to reload, and send afterwards what people wrote until then.",
            versions::outdated,
            without["outdated-welcomed"],
            quick,
            needs_fail_points
        ),
        case!(
            "postgres-crashed",
            "PostgreSQL crashes or is restarted in a burst: nothing is lost, and messages are stored again within 10 s.",
            database_server::crashed,
            without ["failed-commit-acked", "ack-before-commit"]
        ),
        case!(
            "postgres-paused",
            "PostgreSQL stands still for 30 s: nothing is lost, and messages are stored again within 10 s.",
            database_server::paused,
            without []
        ),
        case!(
            "delayed",
            "300 ms ± 200 ms each way delays, and nothing else.",
            network::delayed,
            without [],
            quick
        ),
        case!(
            "lossy",
            "Where 5 % of all packets get lost and 50 to 250 ms are added each way, no message waits for 2 s.",
            network::lossy,
            without []
        ),
        case!(
            "flapping",
            "Networks that come and go every two seconds leave nothing behind in the server, and nobody flickers.",
            flapping::flapping,
            without ["no-grace", "ended-connections-kept"]
        ),
        case!(
            "byte-by-byte",
            "A network that delivers each byte by itself changes nothing.",
            network::byte_by_byte,
            without []
        ),
        case!(
            "cut",
            "Connections that are cut in a burst resume where they stopped.",
            network::cut,
            without["no-replay"],
            quick
        ),
        case!(
            "stalled",
            "Bytes that are held up for some seconds arrive, and nothing is lost.",
            network::stalled,
            without []
        ),
        case!(
            "late-delivery",
            "What was sent on a lost connection and arrives late is the same message.",
            network::late_delivery,
            without["no-unique-local-id"],
            quick
        ),
        case!(
            "upgrade-stripped",
            "Behind a proxy that strips the wish to upgrade people talk by long-poll within 6 s, and nothing is lost.",
            network::upgrade_stripped,
            without []
        ),
        case!(
            "buffered-responses",
            "Behind a proxy that keeps responses until they end people talk by long-poll within 6 s, and nothing is lost.",
            network::buffered_responses,
            without []
        ),
        case!(
            "captive-portal",
            "A network that answers everything with a page of its own loses nothing, and signs nobody out.",
            network::captive_portal,
            without []
        ),
        case!(
            "slow-reader",
            "A device that takes too little is closed, and has everything once it takes it.",
            readers::slow_reader,
            without["lagged-ignored"],
            quick
        ),
        case!(
            "never-reading",
            "Devices that never read are cut off: they cost bounded memory, and slow nobody down.",
            readers::never_reading,
            without["unbounded-queue"]
        ),
        case!(
            "starts-with-many-messages",
            "A server with a large database serves within 2 s of its start.",
            restart::starts_with_many_messages,
            without []
        ),
        case!(
            "return-of-many",
            "After a restart all devices are back within 15 s, and none starts afresh.",
            restart::return_of_many,
            without []
        ),
    ]
}
