//! Why a message is not as somebody wanted it.

use tidings_device::Act;
use tidings_protocol::ApiError;

/// What could not be done to a message, and why.
#[must_use]
pub fn refused(act: &Act, error: &ApiError) -> String {
    let what = match act {
        Act::Edit { .. } => "Not changed".to_owned(),
        Act::Delete => "Not deleted".to_owned(),
        Act::Hide => "Not deleted for you".to_owned(),
        Act::React { emoji, on: true } => format!("{} not added", emoji.as_str()),
        Act::React { emoji, on: false } => format!("{} not taken back", emoji.as_str()),
        Act::RemovePreview => "Preview not removed".to_owned(),
    };
    format!("{what}: {}", error.message)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, Emoji, ErrorCode};

    use super::*;

    #[test]
    fn a_refusal_says_what_and_why() {
        let error = ApiError::new(ErrorCode::Conflict, "Too late.");
        let emoji = Emoji::new("🎉").unwrap();
        let body = Body::new("Ten.").unwrap();
        assert_eq!(refused(&Act::Edit { body }, &error), "Not changed: Too late.");
        assert_eq!(refused(&Act::Delete, &error), "Not deleted: Too late.");
        let on = false;
        assert_eq!(
            refused(&Act::React { emoji, on }, &error),
            "🎉 not taken back: Too late."
        );
    }
}
