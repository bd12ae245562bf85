//! People: what everyone in the organisation may know of an account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::UserId,
    limits,
    text::{self, TextError, validated},
    time::Timestamp,
};

/// An account as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its identity.
    pub id: UserId,
    /// The name signed in with; unique, lower case.
    pub username: Username,
    /// The name shown.
    pub display_name: DisplayName,
    /// What the account may do to other accounts.
    pub role: AccountRole,
    /// False once an admin has deactivated the account: it can't sign in, and its messages remain.
    pub active: bool,
    /// Newest input on any of the person's devices, at a granularity of a minute; `None` before the first.
    pub last_seen: Option<Timestamp>,
}

/// What an account may do to other accounts. It says nothing about threads, where membership decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Writes to others and keeps client records.
    Staff,
    /// Also invites people and deactivates staff.
    Admin,
    /// Also deactivates admins and changes roles. The first account is one.
    Owner,
}

/// The name a person signs in with: 2 to 32 of `a-z`, `0-9`, `.`, `-`, `_`, starting with a letter or digit.
///
/// Upper case is folded, so that `Ana` and `ana` can't be two people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);
validated!(Username);

impl Username {
    /// Checks and folds `text`.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        const FIELD: &str = "Username";
        let text = text::line(FIELD, text, limits::USERNAME_MAX_CHARS)?.to_ascii_lowercase();
        if text.chars().count() < limits::USERNAME_MIN_CHARS {
            return Err(TextError::TooShort {
                field: FIELD,
                limit: limits::USERNAME_MIN_CHARS,
            });
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if !text.chars().all(allowed) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(TextError::Forbidden { field: FIELD });
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Username({})", self.0)
    }
}

/// The name shown beside a person's messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);
validated!(DisplayName);

impl DisplayName {
    /// Checks and trims `text`.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        text::line("Name", text, limits::NAME_MAX_CHARS).map(Self)
    }
}

/// A password on its way to be hashed. Never logged, never sent back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Password(String);
validated!(Password);

impl Password {
    /// Checks the length (OWASP ASVS 5.0, 6.2.1: 8 at least, and no truncation). White space is kept.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        const FIELD: &str = "Password";
        match text.chars().count() {
            count if count < limits::PASSWORD_MIN_CHARS => Err(TextError::TooShort {
                field: FIELD,
                limit: limits::PASSWORD_MIN_CHARS,
            }),
            count if count > limits::PASSWORD_MAX_CHARS => Err(TextError::TooLong {
                field: FIELD,
                limit: limits::PASSWORD_MAX_CHARS,
                unit: "characters",
            }),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_a_username_are_one() {
        assert_eq!(
            Username::new(" Ana.B-2_c ").unwrap(),
            Username::new("ana.b-2_c").unwrap()
        );
    }

    #[test]
    fn usernames_are_plain_and_of_a_bearable_length() {
        for text in [
            "",
            "a",
            "-ana",
            ".ana",
            "ana b",
            "anä",
            "ana@b",
            "a\nb",
            &"a".repeat(33),
        ] {
            assert!(Username::new(text).is_err(), "{text:?}");
        }
        assert!(Username::new(&"a".repeat(32)).is_ok());
        assert!(Username::new("7a").is_ok());
    }

    #[test]
    fn display_names_are_one_trimmed_line() {
        assert_eq!(
            DisplayName::new("  Ana Petrović ").unwrap().as_str(),
            "Ana Petrović"
        );
        for text in ["", "  ", "two\nlines", &"é".repeat(81)] {
            assert!(DisplayName::new(text).is_err(), "{text:?}");
        }
        assert!(DisplayName::new(&"é".repeat(80)).is_ok());
    }

    #[test]
    fn passwords_are_counted_in_characters_and_kept_as_they_are() {
        assert!(Password::new("1234567").is_err());
        assert!(Password::new(&"x".repeat(257)).is_err());
        assert_eq!(Password::new("  pässword ").unwrap().as_str(), "  pässword ");
    }

    #[test]
    fn a_password_is_not_in_its_debug_output() {
        let password = Password::new("hunter2hunter2").unwrap();
        assert!(!format!("{password:?}").contains("hunter2"));
    }
}
