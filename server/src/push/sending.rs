//! One push, and what its push service says of it.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tidings_protocol::{PushId, PushProblem, ThreadId, Timestamp};

use super::{
    encryption::{NotSealed, Recipient},
    vapid::VapidKey,
};
use crate::outbound::{Destination, Failed, Outbound};

/// Before what failed is tried again; twice as long each time.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// The longest such wait.
const AGAIN_MAX: Duration = Duration::from_secs(3600);

/// Something to be pushed.
#[derive(Clone, Debug)]
pub struct Push {
    /// Where.
    pub destination: Destination,
    /// For whom it is encrypted.
    pub recipient: Recipient,
    /// What it says.
    pub payload: Vec<u8>,
    /// How long the push service keeps it for a browser that is away.
    pub lifetime: Duration,
    /// A later push with the same topic takes the place of this one, as long as the browser has not got it.
    pub topic: String,
    /// Whether a device on battery should be woken for it.
    pub urgent: bool,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The push service has it.
    Taken,
    /// The browser's subscription is no more.
    Gone,
    /// Not now.
    Later {
        /// Why.
        problem: PushProblem,
        /// What the push service says about when.
        after: Option<Duration>,
    },
    /// Not this one, at no time.
    Never {
        /// Why.
        problem: PushProblem,
    },
}

impl Push {
    /// Sends it.
    pub async fn send(self, outbound: &Outbound, key: &VapidKey, contact: &str, now: Timestamp) -> Outcome {
        let never = Outcome::Never {
            problem: PushProblem::Refused,
        };
        let Ok(body) = self.recipient.seal(&self.payload) else {
            return never;
        };
        let Some(headers) = self.headers(key, contact, now) else {
            return never;
        };
        match outbound.ask(Method::POST, &self.destination, headers, body).await {
            // What it says is for people, and is not read.
            Ok(response) => judge(response.status(), response.headers(), now),
            Err(Failed::TimedOut) => later(PushProblem::TimedOut),
            Err(Failed::Unreachable) => later(PushProblem::Unreachable),
            Err(Failed::Refused(_)) => Outcome::Never {
                problem: PushProblem::Unreachable,
            },
        }
    }

    fn headers(&self, key: &VapidKey, contact: &str, now: Timestamp) -> Option<HeaderMap> {
        let authorization = key.authorization(&self.destination, contact, now).ok()?;
        let mut authorization = HeaderValue::try_from(authorization).ok()?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        headers.insert("ttl", HeaderValue::from(self.lifetime.as_secs()));
        headers.insert("topic", HeaderValue::try_from(&self.topic).ok()?);
        let urgency = if self.urgent { "high" } else { "normal" };
        headers.insert("urgency", HeaderValue::from_static(urgency));
        Some(headers)
    }
}

impl From<NotSealed> for Outcome {
    fn from(_: NotSealed) -> Self {
        Self::Never {
            problem: PushProblem::Refused,
        }
    }
}

/// One topic for each browser and thread. It says nothing of the thread to the push service, which sees it: RFC 8030,
/// 5.4 allows 32 characters.
#[must_use]
pub fn topic(subscription: PushId, thread: ThreadId) -> String {
    let both = [subscription.0.into_bytes(), thread.0.into_bytes()].concat();
    let hash = digest::digest(&digest::SHA256, &both);
    let start = hash.as_ref().get(..18).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(start)
}

/// How long to leave a push service alone after so many failures in a row, if it does not say itself.
#[must_use]
pub fn pause(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    AGAIN_AFTER.saturating_mul(doubled).min(AGAIN_MAX)
}

fn later(problem: PushProblem) -> Outcome {
    Outcome::Later { problem, after: None }
}

fn judge(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Outcome {
    let after = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| retry_after(text, now));
    match status {
        status if status.is_success() => Outcome::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Later {
            problem: PushProblem::Slowed,
            after,
        },
        status if status.is_server_error() => Outcome::Later {
            problem: PushProblem::Failing,
            after,
        },
        StatusCode::REQUEST_TIMEOUT => later(PushProblem::TimedOut),
        _ => Outcome::Never {
            problem: PushProblem::Refused,
        },
    }
}

/// Seconds or a date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text.trim()).ok()?;
    let at = Timestamp(0) + at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(at.since(now))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_794_000_000_000);

    fn judged(status: u16, retry: Option<&'static str>) -> Outcome {
        let mut headers = HeaderMap::new();
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(retry));
        }
        judge(StatusCode::from_u16(status).unwrap(), &headers, NOW)
    }

    #[test]
    fn each_status_has_its_consequence() {
        for status in [200, 201, 202, 204] {
            assert_eq!(judged(status, None), Outcome::Taken);
        }
        for status in [404, 410] {
            assert_eq!(judged(status, None), Outcome::Gone);
        }
        for status in [301, 307, 400, 401, 403, 413] {
            let problem = PushProblem::Refused;
            assert_eq!(judged(status, None), Outcome::Never { problem }, "{status}");
        }
        for status in [500, 502, 503] {
            assert_eq!(judged(status, None), later(PushProblem::Failing), "{status}");
        }
    }

    #[test]
    fn a_push_service_says_when_it_wants_to_be_asked_again() {
        let slowed = |after| Outcome::Later {
            problem: PushProblem::Slowed,
            after,
        };
        assert_eq!(judged(429, Some("120")), slowed(Some(Duration::from_secs(120))));
        let date = "Fri, 06 Nov 2026 21:21:00 GMT";
        assert_eq!(judged(429, Some(date)), slowed(Some(Duration::from_secs(60))));
        let past = "Fri, 06 Nov 2020 21:21:00 GMT";
        assert_eq!(judged(429, Some(past)), slowed(Some(Duration::ZERO)));
        for nonsense in ["", "soon", "-5", "1e9"] {
            assert_eq!(judged(429, Some(nonsense)), slowed(None), "{nonsense}");
        }
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        assert_eq!(pause(0), AGAIN_AFTER);
        assert_eq!(pause(1), AGAIN_AFTER);
        assert_eq!(pause(3), AGAIN_AFTER * 4);
        assert_eq!(pause(40), AGAIN_MAX);
        assert_eq!(pause(u32::MAX), AGAIN_MAX);
    }

    #[test]
    fn topics_differ_between_browsers_and_threads_and_fit() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let topics = [(one, one), (one, other), (other, one)].map(|(a, b)| topic(PushId(a), ThreadId(b)));
        assert!(topics.iter().all(|topic| topic.len() <= 32));
        assert!(topics[0] != topics[1] && topics[0] != topics[2] && topics[1] != topics[2]);
    }
}
