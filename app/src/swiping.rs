//! A finger that pulls a message aside to answer it: what it means, without the browser.
//!
//! Who scrolls must not answer by accident: until the finger has gone far enough to say where it goes, nothing moves, and one
//! that goes up, down or the other way is left to the page for as long as it is down.

/// A finger that has gone less far than this, in CSS pixels, has not said where it goes.
const SLACK: f64 = 12.0;

/// Sideways is at least so many times as far as up or down: about 27 degrees.
const SLOPE: f64 = 2.0;

/// Pulled so far, a message is answered when it is let go.
const ENOUGH: f64 = 48.0;

/// A message is not pulled farther, however far the finger goes.
const MOST: f64 = 72.0;

/// How far a message is pulled by the finger that is on it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Swipe {
    /// No finger, or one that does something else.
    #[default]
    Idle,
    /// A finger that may still do anything.
    Down {
        /// Where it came down.
        x: f64,
        /// The same.
        y: f64,
    },
    /// A finger that pulls.
    Pulling {
        /// Where it came down.
        x: f64,
        /// How far the message is pulled, towards the end of the line.
        by: f64,
    },
}

/// Which way lines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// To the right.
    Right,
    /// To the left.
    Left,
}

impl Swipe {
    /// A finger comes down. A second one is no swipe.
    #[must_use]
    pub fn down(self, x: f64, y: f64) -> Self {
        match self {
            Self::Idle => Self::Down { x, y },
            Self::Down { .. } | Self::Pulling { .. } => Self::Idle,
        }
    }

    /// The finger is somewhere else now.
    #[must_use]
    pub fn moved(self, to_x: f64, to_y: f64, lines: Lines) -> Self {
        let along = |from: f64| match lines {
            Lines::Right => to_x - from,
            Lines::Left => from - to_x,
        };
        match self {
            Self::Idle => Self::Idle,
            Self::Down { x, y } => {
                let (along, across) = (along(x), (to_y - y).abs());
                if along.abs().max(across) < SLACK {
                    self
                } else if along >= across * SLOPE {
                    Self::Pulling { x, by: pulled(along) }
                } else {
                    Self::Idle
                }
            }
            Self::Pulling { x, .. } => Self::Pulling {
                x,
                by: pulled(along(x)),
            },
        }
    }

    /// How far the message is pulled, in CSS pixels; `None` while it is where it belongs.
    #[must_use]
    pub fn pull(self) -> Option<f64> {
        match self {
            Self::Pulling { by, .. } => Some(by),
            Self::Idle | Self::Down { .. } => None,
        }
    }

    /// Whether the message is answered when it is let go now.
    #[must_use]
    pub fn is_enough(self) -> bool {
        self.pull().is_some_and(|by| by >= ENOUGH)
    }
}

/// The message follows from where it began to move, so that it does not jump.
fn pulled(along: f64) -> f64 {
    (along - SLACK).clamp(0.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a finger that comes down at 100, 100 gets a message to.
    fn swiped(lines: Lines, way: &[(f64, f64)]) -> Swipe {
        let down = Swipe::default().down(100.0, 100.0);
        way.iter().fold(down, |swipe, (x, y)| swipe.moved(*x, *y, lines))
    }

    #[test]
    fn a_message_that_is_pulled_far_enough_is_answered() {
        let right = |way: &[(f64, f64)]| swiped(Lines::Right, way);
        assert_eq!(right(&[(105.0, 100.0)]).pull(), None, "a touch trembles");
        assert_eq!(right(&[(112.0, 101.0)]).pull(), Some(0.0));
        assert!(!right(&[(120.0, 101.0), (150.0, 102.0)]).is_enough());
        assert!(right(&[(120.0, 101.0), (160.0, 102.0)]).is_enough());
        assert_eq!(right(&[(500.0, 101.0)]).pull(), Some(MOST));
        let back = right(&[(170.0, 100.0), (105.0, 100.0)]);
        assert_eq!(
            (back.pull(), back.is_enough()),
            (Some(0.0), false),
            "one may think better of it"
        );
        // Once it is pulled, up and down are nothing.
        assert!(right(&[(120.0, 100.0), (170.0, 180.0)]).is_enough());
    }

    #[test]
    fn lines_that_run_to_the_left_are_pulled_to_the_left() {
        assert!(swiped(Lines::Left, &[(80.0, 100.0), (40.0, 100.0)]).is_enough());
        assert_eq!(swiped(Lines::Left, &[(170.0, 100.0)]), Swipe::Idle);
        assert_eq!(swiped(Lines::Right, &[(30.0, 100.0)]), Swipe::Idle);
    }

    #[test]
    fn whoever_scrolls_answers_nothing() {
        for first in [(100.0, 130.0), (110.0, 80.0), (113.0, 107.0), (88.0, 100.0)] {
            // Not even if the finger goes aside later.
            let swipe = swiped(Lines::Right, &[first, (200.0, 100.0)]);
            assert_eq!(swipe, Swipe::Idle, "{first:?}");
        }
    }

    #[test]
    fn two_fingers_do_something_else() {
        let pulled = swiped(Lines::Right, &[(170.0, 100.0)]);
        assert_eq!(pulled.down(10.0, 10.0), Swipe::Idle);
        assert_eq!(Swipe::Idle.moved(500.0, 0.0, Lines::Right), Swipe::Idle);
    }
}
