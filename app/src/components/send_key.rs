//! When Enter sends, and which keys are an input method's.
//!
//! For every field whose text Enter takes: the composer, and the field in which a message is edited.

use leptos::ev::KeyboardEvent;

/// Safari ends a composition before the key that ended it goes down; a key within this many milliseconds after
/// belongs to the input method.
const AFTER_COMPOSITION: f64 = 30.0;

/// `keyCode` of a key that an input method has taken (UI Events, 8.2.1).
const TAKEN_BY_INPUT_METHOD: u32 = 229;

/// Tells an Enter that sends from one that makes a line or chooses a word in an input method.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SendKey {
    composed_at: Option<f64>,
}

impl SendKey {
    /// A composition has ended.
    pub(super) fn composed(&mut self) {
        self.composed_at = Some(js_sys::Date::now());
    }

    /// Whether this key sends.
    pub(super) fn sends(&self, event: &KeyboardEvent) -> bool {
        let modified = event.shift_key() || event.alt_key() || event.ctrl_key() || event.meta_key();
        event.key() == "Enter" && !modified && !self.is_composing(event)
    }

    /// Whether this key is an input method's: Enter chooses a word there, and Escape takes one back.
    pub(super) fn is_composing(&self, event: &KeyboardEvent) -> bool {
        event.is_composing()
            || event.key_code() == TAKEN_BY_INPUT_METHOD
            || self.just_composed(js_sys::Date::now())
    }

    fn just_composed(self, now: f64) -> bool {
        self.composed_at.is_some_and(|at| now - at < AFTER_COMPOSITION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enter_right_after_a_composition_belongs_to_it() {
        let key = SendKey {
            composed_at: Some(1000.0),
        };
        assert!(key.just_composed(1010.0));
        assert!(!key.just_composed(1030.0));
        assert!(!SendKey::default().just_composed(1010.0));
    }
}
