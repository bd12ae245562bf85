//! The rows of a thread as they stand on screen: days, the unread divider, and who speaks for how long.

use std::time::Duration;

use tidings_device::Row;
use tidings_protocol::{Content, LocalId, Seq, Timestamp};

use crate::calendar::Day;

/// Messages of one person stay in one group as long as no two are further apart than this.
const GROUP_GAP: Duration = Duration::from_secs(5 * 60);

/// One thing in the transcript, by what stays the same while it is on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A new day begins with the message of this key. A day may begin twice when clocks disagree.
    Day(Day, LocalId),
    /// What follows is unread.
    Unread,
    /// A message.
    Message(LocalId),
}

/// Where a message stands in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Nobody spoke just before, or somebody else did.
    pub first: bool,
    /// Nobody speaks right after, or somebody else does.
    pub last: bool,
}

/// The transcript of `rows`, and the place of each row in the same order. `day` says on which day a time falls on
/// this device.
#[must_use]
pub fn transcript(
    rows: &[Row],
    divider: Option<Seq>,
    day: impl Fn(Timestamp) -> Day,
) -> (Vec<Item>, Vec<Place>) {
    let mut items = Vec::with_capacity(rows.len() + 4);
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    let mut before: Option<(&Row, Day)> = None;
    for row in rows {
        let today = day(row.at);
        let new_day = before.is_none_or(|(_, day)| day != today);
        let unread_begins = row.seq.is_some() && row.seq == divider;
        if new_day {
            items.push(Item::Day(today, row.key));
        }
        if unread_begins {
            items.push(Item::Unread);
        }
        items.push(Item::Message(row.key));
        let first = new_day || unread_begins || before.is_none_or(|(other, _)| !is_one_group(other, row));
        if first && let Some(place) = places.last_mut() {
            place.last = true;
        }
        places.push(Place { first, last: false });
        before = Some((row, today));
    }
    if let Some(place) = places.last_mut() {
        place.last = true;
    }
    (items, places)
}

/// Whether `row`, which follows `other`, continues what its sender says.
fn is_one_group(other: &Row, row: &Row) -> bool {
    let is_notice = |row: &Row| matches!(row.content, Content::Notice { .. });
    other.sender == row.sender && row.at.since(other.at) <= GROUP_GAP && !is_notice(other) && !is_notice(row)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, UserId};

    use super::*;
    use crate::calendar::Moment;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: i64) -> T {
        format!("00000000-0000-7000-8000-{number:012}").parse().unwrap()
    }

    fn row(seq: i64, sender: i64, at: i64) -> Row {
        Row {
            key: id(seq),
            seq: Some(Seq(seq)),
            sender: id::<UserId>(sender),
            mine: false,
            id: None,
            content: Body::new("hello").unwrap().into(),
            reply_to: None,
            forwarded: false,
            at: Timestamp(at),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            progress: None,
            amended: false,
            refused: Vec::new(),
        }
    }

    fn shape(rows: &[Row], divider: Option<i64>) -> String {
        let (items, places) = transcript(rows, divider.map(Seq), |at| Moment::utc(at).day);
        let mut places = places.into_iter();
        items
            .iter()
            .map(|item| match item {
                Item::Day(day, _) => format!("day {}", day.day),
                Item::Unread => "unread".to_owned(),
                Item::Message(_) => match places.next().unwrap() {
                    Place {
                        first: true,
                        last: true,
                    } => "alone".to_owned(),
                    Place {
                        first: true,
                        last: false,
                    } => "first".to_owned(),
                    Place {
                        first: false,
                        last: true,
                    } => "last".to_owned(),
                    Place {
                        first: false,
                        last: false,
                    } => "middle".to_owned(),
                },
            })
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn one_person_speaking_without_a_pause_is_one_group() {
        let rows = [
            row(1, 7, 0),
            row(2, 7, MINUTE),
            row(3, 7, 2 * MINUTE),
            row(4, 8, 2 * MINUTE),
        ];
        assert_eq!(shape(&rows, None), "day 1, first, middle, last, alone");
    }

    #[test]
    fn a_pause_begins_a_new_group() {
        assert_eq!(
            shape(&[row(1, 7, 0), row(2, 7, 6 * MINUTE)], None),
            "day 1, alone, alone"
        );
    }

    #[test]
    fn a_new_day_and_the_unread_divider_begin_a_new_group() {
        let rows = [row(1, 7, DAY - MINUTE), row(2, 7, DAY), row(3, 7, DAY + MINUTE)];
        assert_eq!(shape(&rows, Some(3)), "day 1, alone, day 2, alone, unread, alone");
    }

    #[test]
    fn a_day_that_begins_twice_has_two_different_items() {
        let rows = [row(1, 7, DAY), row(2, 8, DAY - MINUTE), row(3, 7, DAY)];
        let (items, _) = transcript(&rows, None, |at| Moment::utc(at).day);
        let distinct: std::collections::HashSet<_> = items.iter().collect();
        assert_eq!(distinct.len(), items.len());
    }

    #[test]
    fn an_empty_thread_has_an_empty_transcript() {
        assert_eq!(shape(&[], None), "");
    }
}
