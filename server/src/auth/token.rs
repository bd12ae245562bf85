//! Access tokens: short-lived JWTs (RFC 7519) that name a session.
//!
//! A token proves who signed in on which session, and nothing else: whether that session still lives is asked of the
//! service at every request. The algorithm is fixed (RFC 8725, 3.1), the key never comes from the token's header,
//! and all ways of being wrong look the same from outside.

use std::{fmt, sync::Arc, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidings_protocol::{SessionId, Timestamp, UserId, limits};

use crate::{clock::Clock, config::JwtSecret, service::Caller};

const ISSUER: &str = "tidings";
const AUDIENCE: &str = "tidings-api";

/// Says that this is an access token, so that nothing else signed with the same key passes for one.
const TYPE: &str = "at+jwt";

/// How far clocks may differ. Tokens live for minutes, so a minute of leeway would be a large part of it.
const LEEWAY: Duration = Duration::from_secs(5);

/// Longest token that is looked at, in bytes; ours are under 500.
const MAX_BYTES: usize = 2048;

/// Makes and checks access tokens.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    clock: Arc<dyn Clock>,
}

/// What a token says. Every field is required.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The token is not one of ours, or not valid now. Which of these is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the access token is not valid")]
pub struct NotValid;

/// The token could not be signed.
#[derive(Debug, Error)]
#[error("the access token could not be signed: {0}")]
pub struct NotSigned(#[from] jsonwebtoken::errors::Error);

impl Tokens {
    /// Tokens signed with `secret`, living by `clock`.
    #[must_use]
    pub fn new(secret: &JwtSecret, clock: Arc<dyn Clock>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // The library reads the system's clock; `check` uses ours.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation,
            clock,
        }
    }

    /// A token for a session, valid from now for [`limits::ACCESS_TOKEN_LIFETIME`].
    ///
    /// # Errors
    /// [`NotSigned`] when the cryptographic library fails.
    pub fn sign(&self, caller: Caller) -> Result<String, NotSigned> {
        let now = seconds(self.clock.now());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: caller.user,
            sid: caller.session,
            iat: now,
            nbf: now,
            exp: seconds(self.clock.now() + limits::ACCESS_TOKEN_LIFETIME),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        Ok(jsonwebtoken::encode(&header, &claims, &self.encoding)?)
    }

    /// Who a token says its bearer is.
    ///
    /// # Errors
    /// [`NotValid`] for anything but a token of ours that is valid now.
    pub fn check(&self, token: &str) -> Result<Caller, NotValid> {
        if token.len() > MAX_BYTES {
            return Err(NotValid);
        }
        let data =
            jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).map_err(|_| NotValid)?;
        if data.header.typ.as_deref() != Some(TYPE) {
            return Err(NotValid);
        }
        let now = self.clock.now();
        let Claims {
            sub, sid, nbf, exp, ..
        } = data.claims;
        if exp <= seconds(now - LEEWAY) || nbf > seconds(now + LEEWAY) {
            return Err(NotValid);
        }
        Ok(Caller {
            user: sub,
            session: sid,
        })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// NumericDate of RFC 7519, section 2.
fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::clock::ManualClock;

    const SECRET: &[u8] = b"k9Qd0-Zb7Vf3-Wm1Xs8-Pt5Lr2-Hc6Jn4";
    const START: Timestamp = Timestamp(1_700_000_000_000);

    fn tokens() -> (Tokens, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(START));
        let secret = JwtSecret::new(SECRET.to_vec()).expect("a good secret");
        (Tokens::new(&secret, clock.clone()), clock)
    }

    fn caller() -> Caller {
        Caller {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::from_u128(2)),
        }
    }

    fn claims() -> Value {
        let now = seconds(START);
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "iat": now, "nbf": now, "exp": now + 600,
        })
    }

    fn signed(header: &Header, claims: &Value, secret: &[u8]) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).expect("it signs")
    }

    fn ours() -> Header {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let (tokens, clock) = tokens();
        let token = tokens.sign(caller()).expect("it signs");
        let same = |found: Caller| found.user == caller().user && found.session == caller().session;
        assert!(tokens.check(&token).is_ok_and(same));
        clock.advance(limits::ACCESS_TOKEN_LIFETIME);
        assert!(tokens.check(&token).is_ok_and(same), "within the leeway");
        clock.advance(LEEWAY);
        assert!(tokens.check(&token).is_err());
    }

    #[test]
    fn a_token_with_all_claims_right_passes_so_that_the_table_of_wrong_ones_means_something() {
        let (tokens, _clock) = tokens();
        assert!(tokens.check(&signed(&ours(), &claims(), SECRET)).is_ok());
    }

    #[test]
    fn a_claim_that_is_missing_or_wrong_makes_a_token_worthless() {
        let (tokens, _clock) = tokens();
        for name in ["iss", "aud", "sub", "sid", "nbf", "exp"] {
            let mut without = claims();
            without.as_object_mut().expect("an object").remove(name);
            assert!(
                tokens.check(&signed(&ours(), &without, SECRET)).is_err(),
                "without {name}"
            );
        }
        let now = seconds(START);
        for (name, value) in [
            ("iss", json!("someone")),
            ("aud", json!("another-api")),
            ("aud", json!(["another-api"])),
            ("sub", json!("ana")),
            ("sid", json!(7)),
            ("exp", json!(now - 60)),
            ("exp", json!("tomorrow")),
            ("nbf", json!(now + 60)),
        ] {
            let mut wrong = claims();
            wrong[name] = value.clone();
            assert!(
                tokens.check(&signed(&ours(), &wrong, SECRET)).is_err(),
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn another_key_algorithm_or_type_makes_a_token_worthless() {
        let (tokens, _clock) = tokens();
        let other_key = signed(&ours(), &claims(), b"another-secret-of-more-than-32-bytes!");
        let mut other_algorithm = ours();
        other_algorithm.alg = Algorithm::HS512;
        let untyped = Header::new(Algorithm::HS256);
        for token in [
            other_key,
            signed(&other_algorithm, &claims(), SECRET),
            signed(&untyped, &claims(), SECRET),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(MAX_BYTES + 1),
        ] {
            assert!(tokens.check(&token).is_err(), "{token}");
        }
    }
}
