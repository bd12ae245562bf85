//! Message encryption for Web Push (RFC 8291) as one record of aes128gcm (RFC 8188).
//!
//! Made of the primitives of the library that is here for tokens and TLS: the crates that do it whole bring OpenSSL or
//! a second stack of cryptography, for what is one agreement, two derivations and one seal. The example of the RFC is
//! the test.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand,
};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use thiserror::Error;

/// Bytes of an uncompressed point on P-256.
pub const POINT_BYTES: usize = 65;
/// Bytes of the secret that browser and server share.
pub const SECRET_BYTES: usize = 16;

const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Push services take 4096 bytes at most (RFC 8030, 7.2), header and tag included.
const RECORD_BYTES: u32 = 4096;
const HEADER_BYTES: usize = SALT_BYTES + 4 + 1 + POINT_BYTES;
const TEXT_MAX_BYTES: usize = RECORD_BYTES as usize - HEADER_BYTES - TAG_BYTES - 1;

/// What is pushed is filled up to a multiple of this, so that its length tells little of what it says.
const PADDED_TO: usize = 512;

/// Browsers write it without padding, libraries of other languages often with.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys of a browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its public key, a point on P-256.
    pub public: [u8; POINT_BYTES],
    /// The secret that it shares with the server.
    pub secret: [u8; SECRET_BYTES],
}

/// It could not be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotSealed {
    /// There is more than one record holds.
    #[error("the text is too long to be pushed")]
    TooLong,
    /// The cryptographic library failed, or a stored key is none.
    #[error("the cryptographic library failed")]
    Failed,
}

impl From<Unspecified> for NotSealed {
    fn from(Unspecified: Unspecified) -> Self {
        Self::Failed
    }
}

impl Recipient {
    /// Keys as a browser gives them; `None` unless they are a point on the curve and a secret.
    #[must_use]
    pub fn new(p256dh: &str, auth: &str) -> Option<Self> {
        let public = BASE64.decode(p256dh).ok()?;
        let secret = BASE64.decode(auth).ok()?;
        Self::stored(&public, &secret)
    }

    /// Keys as they are stored.
    #[must_use]
    pub fn stored(public: &[u8], secret: &[u8]) -> Option<Self> {
        // Other forms of a point than the uncompressed one are refused by their length.
        let keys = Self {
            public: public.try_into().ok()?,
            secret: secret.try_into().ok()?,
        };
        ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &keys.public)).ok()?;
        Some(keys)
    }

    /// Encrypts a text that only this browser can read.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn seal(&self, text: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt)?;
        self.seal_with(&PrivateKey::generate(&ECDH_P256)?, salt, padded(text)?)
    }

    /// `record` is a text with its delimiter and its padding.
    fn seal_with(
        &self,
        ours: &PrivateKey,
        salt: [u8; SALT_BYTES],
        mut record: Vec<u8>,
    ) -> Result<Vec<u8>, NotSealed> {
        let public = ours.compute_public_key()?;
        let theirs = UnparsedPublicKey::new(&ECDH_P256, &self.public);
        let input: [u8; 32] = agreement::agree(ours, theirs, NotSealed::Failed, |shared| {
            let key = Salt::new(HKDF_SHA256, &self.secret).extract(shared);
            Ok(derive(
                &key,
                &[b"WebPush: info\0", &self.public, public.as_ref()],
            )?)
        })?;
        let key = Salt::new(HKDF_SHA256, &salt).extract(&input);
        let content_key: [u8; KEY_BYTES] = derive(&key, &[b"Content-Encoding: aes128gcm\0"])?;
        let nonce: [u8; NONCE_BYTES] = derive(&key, &[b"Content-Encoding: nonce\0"])?;
        LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key)?).seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut record,
        )?;
        let mut sealed = Vec::with_capacity(HEADER_BYTES + record.len());
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&RECORD_BYTES.to_be_bytes());
        sealed.push(u8::try_from(public.as_ref().len()).map_err(|_| NotSealed::Failed)?);
        sealed.extend_from_slice(public.as_ref());
        sealed.append(&mut record);
        Ok(sealed)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// The text, the delimiter of a last record, and zeros.
fn padded(text: &[u8]) -> Result<Vec<u8>, NotSealed> {
    if text.len() > TEXT_MAX_BYTES {
        return Err(NotSealed::TooLong);
    }
    let length = (text.len() + 1)
        .next_multiple_of(PADDED_TO)
        .min(TEXT_MAX_BYTES + 1);
    let mut record = Vec::with_capacity(length + TAG_BYTES);
    record.extend_from_slice(text);
    record.push(2);
    record.resize(length, 0);
    Ok(record)
}

/// How many bytes are to be derived.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive<const N: usize>(key: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    key.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const SECRET: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let recipient = Recipient::new(PUBLIC, SECRET).unwrap();
        let private = BASE64
            .decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
            .unwrap();
        let ours = PrivateKey::from_private_key(&ECDH_P256, &private).unwrap();
        let salt = BASE64
            .decode("DGv6ra1nlYgDCS1FRnbzlw")
            .unwrap()
            .try_into()
            .unwrap();
        let record = b"When I grow up, I want to be a watermelon\x02".to_vec();
        let sealed = recipient.seal_with(&ours, salt, record).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64.encode(sealed).trim_end_matches('='), expected);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let padded = format!("{PUBLIC}=");
        assert_eq!(
            Recipient::new(&padded, "BTBZMqHH6r4Tts7J_aSIgg=="),
            Recipient::new(PUBLIC, SECRET)
        );
        let off_curve = PUBLIC.replace("Aiw4", "Aiw8");
        for (public, secret) in [
            ("", ""),
            (PUBLIC, ""),
            ("", SECRET),
            (&off_curve, SECRET),
            (SECRET, SECRET),
            ("ä", "ä"),
        ] {
            assert_eq!(Recipient::new(public, secret), None, "{public} {secret}");
        }
    }

    #[test]
    fn lengths_tell_little_and_fit_into_one_push() {
        let recipient = Recipient::new(PUBLIC, SECRET).unwrap();
        let length = |text: usize| recipient.seal(&vec![b'a'; text]).map(|sealed| sealed.len());
        assert_eq!(length(0), length(511));
        assert_ne!(length(511), length(512));
        assert_eq!(length(TEXT_MAX_BYTES), Ok(RECORD_BYTES as usize));
        assert_eq!(length(TEXT_MAX_BYTES + 1), Err(NotSealed::TooLong));
    }

    #[test]
    fn keys_are_not_printed() {
        assert_eq!(
            format!("{:?}", Recipient::new(PUBLIC, SECRET)),
            "Some(Recipient(…))"
        );
    }
}
