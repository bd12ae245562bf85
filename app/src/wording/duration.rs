//! How long something plays.

/// Minutes and seconds, such as `0:07`.
#[must_use]
pub fn clock_time(milliseconds: u32) -> String {
    let seconds = milliseconds / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The same in words, for somebody who listens to the page.
#[must_use]
pub fn spoken_time(milliseconds: u32) -> String {
    let seconds = milliseconds / 1000;
    let count = |number: u32, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match (seconds / 60, seconds % 60) {
        (0, seconds) => count(seconds, "second"),
        (minutes, 0) => count(minutes, "minute"),
        (minutes, seconds) => format!("{} {}", count(minutes, "minute"), count(seconds, "second")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_second() {
        let told =
            [0, 999, 7_000, 61_000, 120_000, 600_000].map(|time| (clock_time(time), spoken_time(time)));
        let expected = [
            ("0:00", "0 seconds"),
            ("0:00", "0 seconds"),
            ("0:07", "7 seconds"),
            ("1:01", "1 minute 1 second"),
            ("2:00", "2 minutes"),
            ("10:00", "10 minutes"),
        ];
        assert_eq!(
            told,
            expected.map(|(clock, spoken)| (clock.to_owned(), spoken.to_owned()))
        );
    }
}
