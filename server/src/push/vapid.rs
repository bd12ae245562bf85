//! How the server shows a push service that it is the one a browser subscribed to (RFC 8292).

use std::{fmt, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use thiserror::Error;
use tidings_protocol::Timestamp;

use crate::outbound::Destination;

/// Push services refuse tokens that live for more than a day. Half of it, so that clocks may differ.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// The key of this server. Browsers subscribe to it, so another one would make all subscriptions useless.
#[derive(Clone)]
pub struct VapidKey {
    signing: EncodingKey,
    public: String,
}

/// A key could not be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the key that signs pushes can't be used")]
pub struct BadKey;

/// What a token says.
#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    sub: &'a str,
}

impl VapidKey {
    /// A new key, as it is kept.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, BadKey> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| BadKey)
    }

    /// The key that was kept.
    ///
    /// # Errors
    /// When it is none.
    pub fn kept(pkcs8: &[u8]) -> Result<Self, BadKey> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| BadKey)?;
        Ok(Self {
            signing: EncodingKey::from_ec_der(pkcs8),
            public: BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()),
        })
    }

    /// The public part, as browsers take it.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` for a push to `destination`. `contact` is an address with `https:` or `mailto:`
    /// under which its operator finds whoever runs this server.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn authorization(
        &self,
        destination: &Destination,
        contact: &str,
        now: Timestamp,
    ) -> Result<String, BadKey> {
        let claims = Claims {
            aud: destination.origin(),
            exp: (now + LIFETIME).0.div_euclid(1000),
            sub: contact,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.signing)
            .map_err(|_| BadKey)?;
        Ok(format!("vapid t={token}, k={}", self.public))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(…)")
    }
}

/// Where whoever runs the server can be found, from where people reach it. Push services refuse what is neither `https:`
/// nor `mailto:`, so a server without TLS says the same of itself with it.
#[must_use]
pub fn contact(public_url: &str) -> String {
    match public_url.split_once("://") {
        Some((_, rest)) => format!("https://{rest}"),
        None => format!("https://{public_url}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_is_the_same_key() {
        let kept = VapidKey::generate().unwrap();
        let key = VapidKey::kept(&kept).unwrap();
        assert_eq!(key.public(), VapidKey::kept(&kept).unwrap().public());
        assert_eq!(key.public().len(), 87);
        assert_eq!(VapidKey::kept(b"no key").err(), Some(BadKey));
        assert_eq!(format!("{key:?}"), "VapidKey(…)");
    }

    #[test]
    fn the_contact_has_a_scheme_that_push_services_take() {
        assert_eq!(contact("https://chat.example.org"), "https://chat.example.org");
        assert_eq!(contact("http://localhost:3000"), "https://localhost:3000");
    }
}
