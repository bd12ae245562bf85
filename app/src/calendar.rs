//! Points in time as people read them.
//!
//! The server renders UTC; the browser shows the person's own zone once the page lives, so that both render the
//! same first. Every text has the same width in both, so nothing moves.

use tidings_protocol::Timestamp;

/// A point in time on somebody's wall: calendar day and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The day.
    pub day: Day,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Gregorian year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

impl Moment {
    /// `at` in UTC.
    #[must_use]
    pub fn utc(at: Timestamp) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let of_day = at.0.rem_euclid(DAY) / 60_000;
        Self {
            day: Day::from_number(at.0.div_euclid(DAY)),
            hour: u8::try_from(of_day / 60).unwrap_or(0),
            minute: u8::try_from(of_day % 60).unwrap_or(0),
        }
    }

    /// `14:05`.
    #[must_use]
    pub fn clock(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// How a list shows it at `now`: the clock today, then "Yesterday", the weekday within a week, or the date.
    #[must_use]
    pub fn brief(self, now: Self) -> String {
        match self.day.days_until(now.day) {
            ..=0 => self.clock(),
            1 => "Yesterday".to_owned(),
            2..=6 => self.day.weekday().chars().take(3).collect(),
            _ => self.day.short(now.day),
        }
    }
}

impl Day {
    /// The day that is `days` after 1970-01-01, by Howard Hinnant's `civil_from_days`.
    fn from_number(days: i64) -> Self {
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(of_year - (153 * shifted + 2) / 5 + 1).unwrap_or(1),
        }
    }

    /// Days since 1970-01-01: the inverse of [`Day::from_number`].
    fn number(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// `2026-11-03`, as date fields have it.
    #[must_use]
    pub fn iso(self) -> String {
        let Self { year, month, day } = self;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// How many days after this one `later` is.
    #[must_use]
    pub fn days_until(self, later: Self) -> i64 {
        later.number() - self.number()
    }

    /// `Monday`.
    #[must_use]
    pub fn weekday(self) -> &'static str {
        // 1970-01-01 was a Thursday.
        let index = usize::try_from((self.number() + 3).rem_euclid(7)).unwrap_or(0);
        WEEKDAYS.get(index).copied().unwrap_or_default()
    }

    fn month_name(self) -> &'static str {
        MONTHS
            .get(usize::from(self.month).saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// `3 Nov`, with the year if it is not that of `today`.
    #[must_use]
    pub fn short(self, today: Self) -> String {
        let month: String = self.month_name().chars().take(3).collect();
        if self.year == today.year {
            format!("{} {month}", self.day)
        } else {
            format!("{} {month} {}", self.day, self.year)
        }
    }

    /// How a separator between days shows it: `Today`, `Yesterday`, `Monday 3 November`, with the year if it is not
    /// that of `today`.
    #[must_use]
    pub fn heading(self, today: Self) -> String {
        match self.days_until(today) {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if self.year == today.year => {
                format!("{} {} {}", self.weekday(), self.day, self.month_name())
            }
            _ => format!("{} {} {}", self.day, self.month_name(), self.year),
        }
    }
}

/// `at` for machines: RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let moment = Moment::utc(at);
    let seconds = at.0.div_euclid(1000).rem_euclid(60);
    format!("{}T{}:{seconds:02}Z", moment.day.iso(), moment.clock())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_700_000_000_000);

    fn day(year: i32, month: u8, day: u8) -> Day {
        Day { year, month, day }
    }

    fn at(day: Day, hour: u8) -> Moment {
        Moment { day, hour, minute: 5 }
    }

    #[test]
    fn a_timestamp_falls_on_its_utc_day_and_minute() {
        assert_eq!(rfc3339(NOON), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(Timestamp(951_782_400_000)), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(Timestamp(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn numbers_and_days_are_inverse_across_leap_years() {
        for number in (-200_000..200_000).step_by(13) {
            assert_eq!(Day::from_number(number).number(), number);
        }
    }

    #[test]
    fn weekdays_follow_the_calendar() {
        assert_eq!(day(1970, 1, 1).weekday(), "Thursday");
        assert_eq!(day(2024, 2, 29).weekday(), "Thursday");
        assert_eq!(day(1969, 12, 29).weekday(), "Monday");
    }

    #[test]
    fn a_list_shows_less_the_longer_ago_it_was() {
        let now = at(day(2024, 3, 1), 10);
        assert_eq!(at(day(2024, 3, 1), 9).brief(now), "09:05");
        assert_eq!(at(day(2024, 2, 29), 9).brief(now), "Yesterday");
        assert_eq!(at(day(2024, 2, 26), 9).brief(now), "Mon");
        assert_eq!(at(day(2024, 2, 23), 9).brief(now), "23 Feb");
        assert_eq!(at(day(2023, 3, 1), 9).brief(now), "1 Mar 2023");
    }

    #[test]
    fn a_clock_that_runs_behind_the_server_still_shows_the_time() {
        let now = at(day(2024, 3, 1), 23);
        assert_eq!(at(day(2024, 3, 2), 0).brief(now), "00:05");
    }

    #[test]
    fn days_are_named_by_their_distance_from_today() {
        let today = day(2024, 3, 1);
        assert_eq!(today.heading(today), "Today");
        assert_eq!(day(2024, 2, 29).heading(today), "Yesterday");
        assert_eq!(day(2024, 2, 26).heading(today), "Monday 26 February");
        assert_eq!(day(2023, 12, 31).heading(today), "31 December 2023");
    }
}
