//! The one judge of every case: what devices saw, against what is stored.
//!
//! Pure, and told nothing of faults: whatever was broken, the same must hold afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use tidings_protocol::{LocalId, MessageId, Seq, ThreadId, UserId};

use crate::history::{History, Record, fingerprint};

/// Sentences kept about what is wrong; the counts are complete.
const EXAMPLES: usize = 5;

/// A message as the server has it in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub seq: Seq,
    /// Its identity.
    pub id: MessageId,
    /// Who sent it.
    pub sender: UserId,
    /// Under which id.
    pub local_id: LocalId,
}

/// Who may receive what is said in a thread, and from which offset of the log on.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// The members.
    pub users: BTreeSet<UserId>,
    /// The offset at which they became members.
    pub since: u64,
}

/// Everything the judgement rests on.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// Who is in which thread.
    pub members: &'a BTreeMap<ThreadId, Membership>,
    /// Every thread's messages, in order.
    pub stored: &'a BTreeMap<ThreadId, Vec<Stored>>,
    /// What each device saw.
    pub histories: &'a [History],
}

/// The judgement: how often each promise was broken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Messages that the server acknowledged.
    pub acked: u64,
    /// Acknowledged, and not stored.
    pub lost: u64,
    /// Stored more than once.
    pub duplicated: u64,
    /// Out of order, at another place than was said, or missing between others.
    pub misordered: u64,
    /// Stored, and never sent.
    pub ghost: u64,
    /// Received by somebody who was no member.
    pub leaked: u64,
    /// Left in an outbox.
    pub stuck: u64,
    /// Threads that a device shows otherwise than they are stored.
    pub diverged: u64,
    /// Times that a device started from a snapshot, the first time not counted. Not a fault by itself.
    pub resyncs: u64,
    /// Acknowledged after a backup was made, and gone since that was restored. Not a fault by itself.
    pub undone: u64,
    /// The first few things that are wrong, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Findings {
    /// Whether every promise was kept.
    #[must_use]
    pub fn are_clean(&self) -> bool {
        let broken = [
            self.lost,
            self.duplicated,
            self.misordered,
            self.ghost,
            self.leaked,
            self.stuck,
            self.diverged,
        ];
        broken.iter().sum::<u64>() == 0
    }

    fn note(&mut self, count: impl FnOnce(&mut Self) -> &mut u64, sentence: impl FnOnce() -> String) {
        *count(self) += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(sentence());
        }
    }
}

/// Judges.
#[must_use]
pub fn check(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let places = check_stored(evidence, &mut findings);
    for history in evidence.histories {
        check_sent(history, &places, &mut findings);
        check_received(history, evidence, &mut findings);
        check_end(history, evidence, &mut findings);
    }
    findings
}

/// Where each message is stored, by sender and local id.
type Places = HashMap<(UserId, LocalId), (ThreadId, Seq)>;

/// What is stored by itself: no hole, nothing twice, nothing that nobody sent.
fn check_stored(evidence: &Evidence<'_>, findings: &mut Findings) -> Places {
    let sent: HashSet<(UserId, LocalId)> = evidence
        .histories
        .iter()
        .filter_map(|history| Some((history.user?, history)))
        .flat_map(|(user, history)| {
            history.records.iter().filter_map(move |record| match record {
                Record::Sent { local_id, .. } => Some((user, *local_id)),
                Record::Acked { .. }
                | Record::Received { .. }
                | Record::Resynced { .. }
                | Record::BackedUp
                | Record::Restored => None,
            })
        })
        .collect();
    let mut places = Places::new();
    for (thread, messages) in evidence.stored {
        let mut last = Seq::ZERO;
        for message in messages {
            if message.seq != last.next() {
                findings.note(
                    |all| &mut all.misordered,
                    || format!("thread {thread} has {:?} after {last:?}", message.seq),
                );
            }
            last = message.seq;
            let key = (message.sender, message.local_id);
            if !sent.contains(&key) {
                findings.note(
                    |all| &mut all.ghost,
                    || format!("nobody sent {:?} of {thread}", message.local_id),
                );
            }
            if let Some((_, first)) = places.insert(key, (*thread, message.seq)) {
                findings.note(
                    |all| &mut all.duplicated,
                    || {
                        format!(
                            "{:?} is stored at {first:?} and at {:?}",
                            message.local_id, message.seq
                        )
                    },
                );
            }
        }
    }
    places
}

/// What a device sent: everything acknowledged is stored where the server said, in the order of writing.
fn check_sent(history: &History, places: &Places, findings: &mut Findings) {
    let Some(user) = history.user else { return };
    let mut newest: BTreeMap<ThreadId, Seq> = BTreeMap::new();
    for (record, undone) in undoing(history) {
        match record {
            Record::Sent { thread, local_id } => {
                if let Some((_, seq)) = places.get(&(user, *local_id)) {
                    let before = newest.insert(*thread, *seq);
                    if before > Some(*seq) {
                        findings.note(
                            |all| &mut all.misordered,
                            || format!("{local_id:?} was written after {before:?} and is stored at {seq:?}"),
                        );
                    }
                }
            }
            Record::Acked {
                thread,
                local_id,
                seq,
            } => {
                findings.acked += 1;
                match places.get(&(user, *local_id)) {
                    None if undone => findings.undone += 1,
                    None => findings.note(
                        |all| &mut all.lost,
                        || format!("{local_id:?} was acknowledged at {seq:?} of {thread} and is not stored"),
                    ),
                    Some(place) if *place != (*thread, *seq) => findings.note(
                        |all| &mut all.misordered,
                        || {
                            format!(
                                "{local_id:?} was acknowledged at {seq:?} and is stored at {:?}",
                                place.1
                            )
                        },
                    ),
                    Some(_) => {}
                }
            }
            Record::Received { .. } | Record::Resynced { .. } | Record::BackedUp | Record::Restored => {}
        }
    }
}

/// Each record, and whether what it tells may have been undone by a backup that was restored afterwards.
fn undoing(history: &History) -> impl Iterator<Item = (&Record, bool)> {
    let mut since_backup = false;
    history.records.iter().enumerate().map(move |(at, record)| {
        match record {
            // A backup that is not restored undoes nothing.
            Record::BackedUp => since_backup = history.records[at..].contains(&Record::Restored),
            Record::Restored => since_backup = false,
            Record::Sent { .. }
            | Record::Acked { .. }
            | Record::Received { .. }
            | Record::Resynced { .. } => {}
        }
        (record, since_backup)
    })
}

/// What came to a device: only what it may see, each the one that is stored, and none left out.
fn check_received(history: &History, evidence: &Evidence<'_>, findings: &mut Findings) {
    let Some(user) = history.user else { return };
    let device = &history.device;
    let may_see = |thread: &ThreadId| {
        evidence
            .members
            .get(thread)
            .filter(|known| known.users.contains(&user))
    };
    let mut known: BTreeMap<ThreadId, Seq> = BTreeMap::new();
    let mut starts = 0_u64;
    // From where on each thread is another one since a backup was restored.
    let mut rewritten: BTreeMap<ThreadId, Seq> = BTreeMap::new();
    for (record, undone) in undoing(history) {
        match record {
            Record::Received {
                offset,
                thread,
                seq,
                message,
            } => {
                if may_see(thread).is_none_or(|known| known.since > *offset) {
                    findings.note(
                        |all| &mut all.leaked,
                        || format!("{device} received {seq:?} of {thread}, of which it is no member"),
                    );
                    continue;
                }
                let stored = evidence.stored.get(thread);
                let at = usize::try_from(seq.0 - 1).ok();
                let there = stored.and_then(|messages| messages.get(at?));
                let is_there = there.is_some_and(|there| there.id == *message);
                if undone && !is_there {
                    let first = rewritten.entry(*thread).or_insert(*seq);
                    *first = (*first).min(*seq);
                } else if !is_there {
                    findings.note(
                        |all| &mut all.misordered,
                        || {
                            format!(
                                "{device} received {message:?} at {seq:?} of {thread}, where it is not stored"
                            )
                        },
                    );
                }
                let last = known.entry(*thread).or_default();
                if *seq > last.next() {
                    findings.note(
                        |all| &mut all.misordered,
                        || format!("{device} received {seq:?} of {thread} after {last:?}"),
                    );
                }
                // Coming again is no fault: a device asks again for what it had not acknowledged.
                *last = (*last).max(*seq);
            }
            Record::Resynced { known: fresh } => {
                starts += 1;
                for (thread, seq) in fresh {
                    if may_see(thread).is_none() {
                        findings.note(
                            |all| &mut all.leaked,
                            || format!("{device} has {thread} in its snapshot, of which it is no member"),
                        );
                    }
                    known.insert(*thread, *seq);
                }
            }
            // What it knew of them is gone, so all that took its place must come.
            Record::Restored => {
                for (thread, first) in std::mem::take(&mut rewritten) {
                    let last = known.entry(thread).or_default();
                    *last = (*last).min(Seq(first.0 - 1));
                }
            }
            Record::Sent { .. } | Record::Acked { .. } | Record::BackedUp => {}
        }
    }
    // Whoever never started a device only sent.
    if starts == 0 {
        return;
    }
    findings.resyncs += starts - 1;
    for (thread, messages) in evidence.stored {
        let last = messages.last().map_or(Seq::ZERO, |message| message.seq);
        let reached = known.get(thread).copied().unwrap_or_default();
        if may_see(thread).is_some() && reached < last {
            findings.note(
                |all| &mut all.misordered,
                || {
                    format!(
                        "{device} never received what is after {reached:?} of {thread}; {last:?} is stored"
                    )
                },
            );
        }
    }
}

/// How a device ends: nothing left to send, and the same on its screen as on every other.
fn check_end(history: &History, evidence: &Evidence<'_>, findings: &mut Findings) {
    let device = &history.device;
    for _ in 0..history.unsent {
        findings.note(
            |all| &mut all.stuck,
            || format!("{device} could not send a message"),
        );
    }
    for (thread, shown) in &history.shown {
        let stored = evidence.stored.get(thread).map_or(&[][..], Vec::as_slice);
        let rows = stored.iter().map(|message| (message.seq, message.local_id));
        if *shown != fingerprint(rows) {
            findings.note(
                |all| &mut all.diverged,
                || format!("{device} shows {thread} otherwise than it is stored"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const CHIDI: UserId = UserId(Uuid::from_u128(3));
    const THREAD: ThreadId = ThreadId(Uuid::from_u128(9));

    fn local(number: u128) -> LocalId {
        LocalId(Uuid::from_u128(100 + number))
    }

    fn id(number: u128) -> MessageId {
        MessageId(Uuid::from_u128(200 + number))
    }

    fn stored(seq: i64, number: u128) -> Stored {
        Stored {
            seq: Seq(seq),
            id: id(number),
            sender: ANA,
            local_id: local(number),
        }
    }

    fn sent(number: u128) -> Record {
        Record::Sent {
            thread: THREAD,
            local_id: local(number),
        }
    }

    fn acked(number: u128, seq: i64) -> Record {
        Record::Acked {
            thread: THREAD,
            local_id: local(number),
            seq: Seq(seq),
        }
    }

    fn received(seq: i64, number: u128) -> Record {
        Record::Received {
            offset: 10 + seq.unsigned_abs(),
            thread: THREAD,
            seq: Seq(seq),
            message: id(number),
        }
    }

    fn resynced(seq: i64) -> Record {
        Record::Resynced {
            known: BTreeMap::from([(THREAD, Seq(seq))]),
        }
    }

    fn history(user: UserId, records: Vec<Record>) -> History {
        History {
            device: format!("device of {user}"),
            user: Some(user),
            records,
            ..History::default()
        }
    }

    /// Ana sent two messages, Ben received them.
    struct Story {
        since: u64,
        stored: Vec<Stored>,
        ana: History,
        ben: History,
        others: Vec<History>,
    }

    impl Story {
        fn good() -> Self {
            let heard = [received(1, 1), received(2, 2)];
            let mut ana = vec![resynced(0), sent(1), sent(2), acked(1, 1), acked(2, 2)];
            ana.extend(heard.clone());
            let mut ben = vec![resynced(0)];
            ben.extend(heard);
            Self {
                since: 0,
                stored: vec![stored(1, 1), stored(2, 2)],
                ana: history(ANA, ana),
                ben: history(BEN, ben),
                others: Vec::new(),
            }
        }

        fn judge(self) -> Findings {
            let users = BTreeSet::from([ANA, BEN]);
            let membership = Membership {
                users,
                since: self.since,
            };
            let histories: Vec<_> = [self.ana, self.ben].into_iter().chain(self.others).collect();
            check(&Evidence {
                members: &BTreeMap::from([(THREAD, membership)]),
                stored: &BTreeMap::from([(THREAD, self.stored)]),
                histories: &histories,
            })
        }
    }

    #[test]
    fn a_good_story_is_clean() {
        let findings = Story::good().judge();
        assert!(findings.are_clean(), "{findings:?}");
        assert_eq!(findings.acked, 2);
        assert_eq!(findings.resyncs, 0);
    }

    #[test]
    fn an_acknowledged_message_that_is_not_stored_is_lost() {
        let mut story = Story::good();
        story.ana.records.extend([sent(3), acked(3, 3)]);
        assert_eq!(story.judge().lost, 1);
    }

    #[test]
    fn a_message_that_was_never_acknowledged_may_be_missing() {
        let mut story = Story::good();
        story.ana.records.push(sent(3));
        assert!(story.judge().are_clean());
    }

    #[test]
    fn a_message_that_is_stored_twice_is_a_duplicate() {
        let mut story = Story::good();
        story.stored.push(Stored {
            id: id(7),
            ..stored(3, 2)
        });
        assert_eq!(story.judge().duplicated, 1);
    }

    #[test]
    fn a_hole_in_what_is_stored_is_a_fault_of_order() {
        let mut story = Story::good();
        story.ana.records.push(sent(4));
        story.stored.push(stored(4, 4));
        assert!(story.judge().misordered > 0);
    }

    #[test]
    fn a_message_stored_elsewhere_than_acknowledged_is_a_fault_of_order() {
        let mut story = Story::good();
        story.ana.records.push(acked(2, 1));
        assert_eq!(story.judge().misordered, 1);
    }

    #[test]
    fn messages_stored_in_another_order_than_they_were_written_are_a_fault_of_order() {
        let mut story = Story::good();
        story.ana.records = vec![resynced(2), sent(2), sent(1)];
        assert_eq!(story.judge().misordered, 1);
    }

    #[test]
    fn a_message_that_a_device_skips_is_a_fault_of_order() {
        let mut story = Story::good();
        story.ben.records = vec![resynced(0), received(2, 2)];
        assert_eq!(story.judge().misordered, 1);
    }

    #[test]
    fn a_message_that_never_reaches_a_device_is_a_fault_of_order() {
        let mut story = Story::good();
        story.ben.records.pop();
        assert_eq!(story.judge().misordered, 1);
    }

    #[test]
    fn another_message_at_the_same_place_is_a_fault_of_order() {
        let mut story = Story::good();
        story.ben.records.push(received(2, 7));
        assert_eq!(story.judge().misordered, 1);
    }

    #[test]
    fn receiving_again_after_a_resume_is_no_fault() {
        let mut story = Story::good();
        story.ben.records.extend([received(1, 1), received(2, 2)]);
        assert!(story.judge().are_clean());
    }

    #[test]
    fn what_a_snapshot_covers_need_not_come_as_events() {
        let mut story = Story::good();
        story.ben.records = vec![resynced(0), received(1, 1), resynced(2)];
        let findings = story.judge();
        assert!(findings.are_clean(), "{findings:?}");
        assert_eq!(findings.resyncs, 1);
    }

    #[test]
    fn a_stored_message_that_nobody_sent_is_a_ghost() {
        let mut story = Story::good();
        story.ana.records.retain(|record| *record != sent(2));
        assert_eq!(story.judge().ghost, 1);
    }

    #[test]
    fn a_message_that_reaches_a_stranger_leaks() {
        let mut story = Story::good();
        story.others.push(history(CHIDI, vec![received(1, 1)]));
        assert_eq!(story.judge().leaked, 1);
    }

    #[test]
    fn a_thread_in_the_snapshot_of_a_stranger_leaks() {
        let mut story = Story::good();
        story.others.push(history(CHIDI, vec![resynced(0)]));
        assert_eq!(story.judge().leaked, 1);
    }

    #[test]
    fn a_message_from_before_somebody_was_a_member_leaks() {
        let mut story = Story::good();
        story.since = 12;
        assert_eq!(story.judge().leaked, 2, "place 1 stands at offset 11, for both");
    }

    #[test]
    fn what_stays_in_an_outbox_is_stuck() {
        let mut story = Story::good();
        story.ben.unsent = 3;
        assert_eq!(story.judge().stuck, 3);
    }

    #[test]
    fn a_screen_that_differs_from_what_is_stored_has_diverged() {
        let rows = |first, second| fingerprint([(Seq(1), local(first)), (Seq(2), local(second))].into_iter());
        let mut story = Story::good();
        story.ana.shown.insert(THREAD, rows(1, 2));
        story.ben.shown.insert(THREAD, rows(2, 1));
        assert_eq!(story.judge().diverged, 1);
    }

    fn judged(stored: &[Stored], histories: &[History]) -> Findings {
        let users = BTreeSet::from([ANA, BEN]);
        check(&Evidence {
            members: &BTreeMap::from([(THREAD, Membership { users, since: 0 })]),
            stored: &BTreeMap::from([(THREAD, stored.to_vec())]),
            histories,
        })
    }

    #[test]
    fn what_a_backup_does_not_have_is_undone_and_not_lost() {
        let records = vec![
            sent(1),
            acked(1, 1),
            Record::BackedUp,
            sent(2),
            acked(2, 2),
            Record::Restored,
        ];
        let all = [history(ANA, records)];
        let findings = judged(&[stored(1, 1)], &all);
        assert!(findings.are_clean(), "{findings:?}");
        assert_eq!(findings.undone, 1);
    }

    #[test]
    fn what_a_backup_should_have_is_lost() {
        let told = vec![sent(1), acked(1, 1), Record::BackedUp, Record::Restored];
        let later = vec![Record::BackedUp, Record::Restored, sent(1), acked(1, 1)];
        let never_restored = vec![Record::BackedUp, sent(1), acked(1, 1)];
        for records in [told, later, never_restored] {
            assert_eq!(judged(&[], &[history(ANA, records)]).lost, 1);
        }
    }

    #[test]
    fn a_device_that_passes_over_what_took_the_place_of_the_undone_has_a_hole() {
        let came = |after: Vec<Record>| {
            let before = vec![
                sent(1),
                sent(3),
                sent(4),
                resynced(0),
                received(1, 1),
                Record::BackedUp,
                received(2, 2),
                Record::Restored,
            ];
            let all = [history(ANA, [before, after].concat())];
            judged(&[stored(1, 1), stored(2, 3), stored(3, 4)], &all)
        };
        assert_eq!(came(vec![received(3, 4)]).misordered, 1);
        assert!(came(vec![received(2, 3), received(3, 4)]).are_clean());
        assert!(came(vec![resynced(3)]).are_clean());
    }
}
