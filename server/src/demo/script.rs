//! The demo's scripts: what was said, by whom, and how long ago.
//!
//! ```text
//! thread ana ben Marlow     who (more than two are a group, owned by the first), and about which client (or `internal`)
//! title The open day        the name of a group
//! unread ana 2              the last two messages for ana are unread (`away`: nor have they reached a device)
//! day 19 08:52              19 days ago, at that time; or `ago 130`: 130 minutes ago
//! ana Morning Ben.          a message
//! +240                      four hours later
//! ```

use std::time::Duration;

use tidings_protocol::Timestamp;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Time to read what came before and to find the words.
const BETWEEN: Duration = Duration::from_secs(35);
/// Time to write one character on a phone.
const CHARACTER: Duration = Duration::from_millis(220);

/// A thread of the demo.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Usernames.
    pub(super) members: Vec<String>,
    /// The word for its client.
    pub(super) client: String,
    /// The name of a group.
    pub(super) title: Option<String>,
    pub(super) unread: Option<Unread>,
    pub(super) lines: Vec<Line>,
}

/// What a member has not read.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) by: String,
    /// Messages of others.
    pub(super) count: usize,
    /// Whether they have reached a device.
    pub(super) delivered: bool,
}

/// A message of the demo.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) by: String,
    pub(super) text: String,
    when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// So long after midnight (UTC), so many days ago.
    Day { days: u32, since_midnight: Duration },
    /// So long before now.
    Ago(Duration),
    /// So long after the one before, and the time it takes to write.
    After(Duration),
}

impl Conversation {
    /// When each message was sent, seen from `now`: in order, and none in the future.
    pub(super) fn times(&self, now: Timestamp) -> Vec<Timestamp> {
        let day = i64::try_from(DAY.as_millis()).unwrap_or(1);
        let midnight = Timestamp(now.0 - now.0.rem_euclid(day));
        let mut last = Timestamp(0);
        let mut times: Vec<Timestamp> = Vec::new();
        for line in &self.lines {
            let writing = CHARACTER * u32::try_from(line.text.chars().count()).unwrap_or(u32::MAX);
            let at = match line.when {
                When::Day { days, since_midnight } => midnight - DAY * days + since_midnight,
                When::Ago(span) => now - span,
                When::After(span) => last + span + BETWEEN + writing,
            };
            last = at.max(last + BETWEEN);
            times.push(last);
        }
        // Backwards, so that the order stays when the end has to be moved.
        let mut latest = now;
        for at in times.iter_mut().rev() {
            *at = (*at).min(latest);
            latest = *at - Duration::from_secs(1);
        }
        times
    }
}

/// The conversations of a script, or what is wrong with it.
pub(super) fn parse(script: &'static str) -> impl Iterator<Item = Result<Conversation, String>> {
    let blocks = script
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty());
    blocks.map(|block| conversation(block).map_err(|wrong| format!("in the demo script: {wrong}")))
}

fn conversation(block: &str) -> Result<Conversation, String> {
    let mut conversation: Option<Conversation> = None;
    let mut when = None;
    for line in block.lines() {
        let wrong = || line.to_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        match (&mut conversation, &words[..]) {
            (None, ["thread", members @ .., client]) if members.len() >= 2 => {
                conversation = Some(Conversation {
                    members: members.iter().map(|member| (*member).to_owned()).collect(),
                    client: (*client).to_owned(),
                    title: None,
                    unread: None,
                    lines: Vec::new(),
                });
            }
            (Some(conversation), [mark @ ("unread" | "away"), by, count]) => {
                conversation.unread = Some(Unread {
                    by: (*by).to_owned(),
                    count: count.parse().map_err(|_| wrong())?,
                    delivered: *mark == "unread",
                });
            }
            (Some(conversation), ["title", words @ ..]) => conversation.title = Some(words.join(" ")),
            (Some(_), ["day", days, clock]) => {
                let (hours, minutes) = clock.split_once(':').ok_or_else(wrong)?;
                let hours: u32 = hours.parse().map_err(|_| wrong())?;
                let minutes: u32 = minutes.parse().map_err(|_| wrong())?;
                when = Some(When::Day {
                    days: days.parse().map_err(|_| wrong())?,
                    since_midnight: MINUTE * (60 * hours + minutes),
                });
            }
            (Some(_), ["ago", minutes]) => {
                when = Some(When::Ago(MINUTE * minutes.parse::<u32>().map_err(|_| wrong())?));
            }
            (Some(_), [later]) if later.starts_with('+') => {
                when = Some(When::After(
                    MINUTE * later[1..].parse::<u32>().map_err(|_| wrong())?,
                ));
            }
            (Some(conversation), [by, _, ..]) if conversation.members.iter().any(|member| member == by) => {
                conversation.lines.push(Line {
                    by: (*by).to_owned(),
                    text: line[by.len()..].trim().to_owned(),
                    when: when.take().unwrap_or(When::After(Duration::ZERO)),
                });
            }
            _ => return Err(wrong()),
        }
    }
    conversation.ok_or_else(|| "an empty conversation".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "thread ana ben internal\nunread ben 1\nday 2 09:30\nana Good morning.\nben Morning!\n\
                          +60\nana Tea?\nago 1\nana Still tea?\nana And a biscuit, perhaps?\n";

    #[test]
    fn times_are_as_the_script_says_in_order_and_never_in_the_future() {
        let conversation = conversation(SCRIPT).unwrap();
        let now = Timestamp(20_000 * 24 * 3_600_000 + 5 * 3_600_000);
        let times = conversation.times(now);
        assert_eq!(
            times[0],
            Timestamp(19_998 * 24 * 3_600_000) + MINUTE * (9 * 60 + 30)
        );
        assert!(times[2].since(times[1]) > MINUTE * 60);
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
        assert!(times.iter().all(|at| *at <= now));
    }

    #[test]
    fn a_thread_has_two_members_or_more() {
        let group = conversation("thread ana ben chidi internal\ntitle The open day\nchidi Hello!").unwrap();
        assert_eq!(group.title.as_deref(), Some("The open day"));
        assert_eq!(group.members, ["ana", "ben", "chidi"]);
        assert!(conversation("thread ana internal\nana Hello?").is_err());
    }

    #[test]
    fn a_line_of_nobody_is_an_error() {
        assert!(conversation("thread ana ben internal\nchidi Hello!").is_err());
    }
}
