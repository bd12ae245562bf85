//! Recording a voice message: what may follow what.
//!
//! Pure: [`Recording::take`] says what is to be done, `microphone` does it, and the composer shows the phase.

#[cfg(feature = "hydrate")]
mod microphone;

use std::time::Duration;

use js_sys::{Array, Uint8Array};
use thiserror::Error;
use tidings_protocol::{limits, voice};
use web_sys::{Blob, BlobPropertyBag};

#[cfg(feature = "hydrate")]
pub use microphone::Microphone;

/// A button let go sooner was tapped and not held: recording goes on without a finger on it.
const TAP: Duration = Duration::from_millis(400);

/// Where a recording stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// There is none.
    #[default]
    None,
    /// The browser asks whether the microphone may be used, or opens it.
    Opening {
        /// Whether the button is held down; letting go ends the recording then.
        held: bool,
    },
    /// What is said is recorded.
    Running {
        /// See [`Self::Opening`].
        held: bool,
        /// What was recorded before the last pause.
        before: Duration,
        /// Since when, by the page's clock.
        since: Duration,
    },
    /// Nothing is recorded for the moment.
    Paused {
        /// What was recorded so far.
        before: Duration,
    },
    /// It is brought into the form in which it is sent.
    Preparing,
    /// It can be listened to, sent or thrown away.
    Ready,
    /// It came to nothing.
    Failed(Trouble),
}

/// Something that happens to a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The button went down, by finger, mouse or key.
    Press,
    /// The button was let go.
    LetGo {
        /// How long it was down.
        after: Duration,
    },
    /// The microphone is open.
    Opened,
    /// "Pause".
    Pause,
    /// "Go on".
    Resume,
    /// "Done", or the microphone is gone.
    Finish,
    /// Time passed.
    Tick,
    /// It is ready.
    Prepared,
    /// Something failed.
    Fail(Trouble),
    /// It was sent, or thrown away.
    Clear,
}

/// What is to be done with the microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing.
    Nothing,
    /// Ask for it and open it.
    Open,
    /// Stop recording for the moment.
    Pause,
    /// Record on.
    Resume,
    /// Close it and prepare what was recorded.
    Finish,
    /// Close it and forget what was recorded.
    Forget,
}

/// Why there is no recording. The sentences are fit to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Trouble {
    /// The person or the system said no.
    #[error(
        "The microphone may not be used. Allow it for this page in the browser's settings, and try again."
    )]
    Forbidden,
    /// There is none.
    #[error("No microphone was found. Connect one and try again.")]
    Missing,
    /// Browsers open microphones for secure pages only.
    #[error("Recording needs an https address. Ask whoever runs this server for one.")]
    Insecure,
    /// Something else has it.
    #[error("The microphone could not be opened. Close other programs that use it, and try again.")]
    Busy,
    /// Nothing usable came of it.
    #[error("The recording could not be used. Please record it again.")]
    Unusable,
}

impl Recording {
    /// What becomes of it by `step` at `now`, a time of the page's clock.
    #[must_use]
    pub fn take(self, step: Step, now: Duration) -> (Self, Order) {
        let nothing = (self, Order::Nothing);
        match (self, step) {
            (Self::None | Self::Failed(_), Step::Press) => (Self::Opening { held: true }, Order::Open),
            (Self::None | Self::Failed(_), _) => match step {
                Step::Clear => (Self::None, Order::Nothing),
                _ => nothing,
            },
            (_, Step::Clear) => (Self::None, Order::Forget),
            (_, Step::Fail(trouble)) => (Self::Failed(trouble), Order::Forget),

            // The browser's question takes the finger off the button.
            (Self::Opening { .. }, Step::LetGo { .. }) => (Self::Opening { held: false }, Order::Nothing),
            (Self::Opening { held }, Step::Opened) => {
                let running = Self::Running {
                    held,
                    before: Duration::ZERO,
                    since: now,
                };
                (running, Order::Nothing)
            }

            (
                Self::Running {
                    held: true,
                    before,
                    since,
                },
                Step::LetGo { after },
            ) if after < TAP => {
                let running = Self::Running {
                    held: false,
                    before,
                    since,
                };
                (running, Order::Nothing)
            }
            (Self::Running { held: true, .. }, Step::LetGo { .. }) => (Self::Preparing, Order::Finish),
            (Self::Running { .. }, Step::Pause) => {
                let before = self.length(now);
                (Self::Paused { before }, Order::Pause)
            }
            (Self::Running { .. }, Step::Tick) if self.length(now) >= limits::VOICE_MAX => {
                (Self::Preparing, Order::Finish)
            }
            (Self::Paused { before }, Step::Resume) => {
                let running = Self::Running {
                    held: false,
                    before,
                    since: now,
                };
                (running, Order::Resume)
            }
            (Self::Running { .. } | Self::Paused { .. }, Step::Finish) => (Self::Preparing, Order::Finish),
            (Self::Preparing, Step::Prepared) => (Self::Ready, Order::Nothing),
            _ => nothing,
        }
    }

    /// How much has been recorded at `now`.
    #[must_use]
    pub fn length(self, now: Duration) -> Duration {
        match self {
            Self::Running { before, since, .. } => {
                (before + now.saturating_sub(since)).min(limits::VOICE_MAX)
            }
            Self::Paused { before } => before,
            _ => Duration::ZERO,
        }
    }
}

/// A recording as browsers take files; `None` where they refuse.
#[must_use]
pub fn blob(file: &[u8]) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(voice::MEDIA_TYPE);
    let bytes: Array = [Uint8Array::from(file)].iter().collect();
    Blob::new_with_u8_array_sequence_and_options(&bytes, &options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Where a new recording is after these steps, and the last order.
    fn after(steps: &[(u64, Step)]) -> (Recording, Order) {
        let begun = (Recording::None, Order::Nothing);
        steps.iter().fold(begun, |(recording, _), (seconds, step)| {
            recording.take(*step, at(*seconds))
        })
    }

    const HELD: Step = Step::LetGo {
        after: Duration::from_secs(3),
    };
    const TAPPED: Step = Step::LetGo {
        after: Duration::from_millis(120),
    };

    #[test]
    fn holding_records_until_the_button_is_let_go() {
        assert_eq!(after(&[(0, Step::Press)]).1, Order::Open);
        let (recording, order) = after(&[(0, Step::Press), (1, Step::Opened), (4, HELD)]);
        assert_eq!((recording, order), (Recording::Preparing, Order::Finish));
    }

    #[test]
    fn a_tap_records_until_it_is_said_to_end() {
        let running = [(0, Step::Press), (1, Step::Opened), (1, TAPPED)];
        let (recording, _) = after(&running);
        assert_eq!(recording.length(at(9)), at(8));
        assert_eq!(
            recording.take(Step::Finish, at(9)),
            (Recording::Preparing, Order::Finish)
        );
    }

    #[test]
    fn the_browsers_question_does_not_end_it() {
        let (recording, _) = after(&[(0, Step::Press), (2, HELD), (5, Step::Opened)]);
        assert_eq!(recording.length(at(6)), at(1));
    }

    #[test]
    fn pauses_are_not_counted() {
        let (recording, order) = after(&[
            (0, Step::Press),
            (0, TAPPED),
            (0, Step::Opened),
            (5, Step::Pause),
            (60, Step::Resume),
        ]);
        assert_eq!(order, Order::Resume);
        assert_eq!(recording.length(at(62)), at(7));
    }

    #[test]
    fn it_ends_by_itself_after_the_longest_time() {
        let (recording, _) = after(&[(0, Step::Press), (0, TAPPED), (0, Step::Opened)]);
        assert_eq!(recording.take(Step::Tick, at(599)).1, Order::Nothing);
        assert_eq!(recording.take(Step::Tick, at(600)).1, Order::Finish);
        assert_eq!(recording.length(at(999)), limits::VOICE_MAX);
    }

    #[test]
    fn a_microphone_that_goes_ends_it_once() {
        for steps in [
            &[(0, Step::Press), (0, Step::Opened)][..],
            &[(0, Step::Press), (0, Step::Opened), (2, Step::Pause)],
        ] {
            let (recording, _) = after(steps);
            let (gone, order) = recording.take(Step::Finish, at(3));
            assert_eq!((gone, order), (Recording::Preparing, Order::Finish));
            // The finger is still on the button.
            assert_eq!(gone.take(HELD, at(4)), (Recording::Preparing, Order::Nothing));
            assert_eq!(
                gone.take(Step::Finish, at(4)),
                (Recording::Preparing, Order::Nothing)
            );
        }
    }

    #[test]
    fn it_can_be_thrown_away_at_any_time_and_begun_anew_after_trouble() {
        for steps in [
            &[(0, Step::Press)][..],
            &[(0, Step::Press), (0, Step::Opened)],
            &[(0, Step::Press), (0, Step::Opened), (1, Step::Pause)],
            &[(0, Step::Press), (0, Step::Opened), (1, Step::Finish)],
        ] {
            let (recording, _) = after(steps);
            assert_eq!(
                recording.take(Step::Clear, at(9)),
                (Recording::None, Order::Forget)
            );
            let (failed, order) = recording.take(Step::Fail(Trouble::Busy), at(9));
            assert_eq!((failed, order), (Recording::Failed(Trouble::Busy), Order::Forget));
            assert_eq!(failed.take(Step::Press, at(10)).1, Order::Open);
        }
    }

    #[test]
    fn what_comes_too_late_changes_nothing() {
        for step in [
            Step::Opened,
            Step::Pause,
            Step::Resume,
            Step::Finish,
            Step::Prepared,
            HELD,
        ] {
            assert_eq!(
                Recording::None.take(step, at(1)),
                (Recording::None, Order::Nothing)
            );
            assert_eq!(
                Recording::Ready.take(step, at(1)),
                (Recording::Ready, Order::Nothing)
            );
        }
    }
}
