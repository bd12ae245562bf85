//! A push service of our own, and the browser behind it: it checks who pushes, and reads what is pushed.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    hmac,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use tidings_protocol::{PushPayload, command::SubscribePush};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use super::soon;

/// What the push service says to a push.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    Status(u16),
    /// 429, and to come back after so many seconds.
    Slower(u32),
    /// Nothing, for ever.
    Nothing,
}

/// A push that arrived.
#[derive(Debug)]
pub struct Arrived {
    pub path: String,
    pub ttl: u64,
    pub topic: String,
    pub urgency: String,
    pub payload: PushPayload,
}

/// The push service and the browser.
pub struct PushEndpoint {
    origin: String,
    keys: Arc<Keys>,
    says: Arc<Mutex<Says>>,
    arrived: mpsc::UnboundedReceiver<(String, HeaderMap, Bytes)>,
    serving: JoinHandle<()>,
}

struct Keys {
    private: PrivateKey,
    public: Vec<u8>,
    secret: [u8; 16],
}

#[derive(Clone)]
struct Service {
    says: Arc<Mutex<Says>>,
    arrived: mpsc::UnboundedSender<(String, HeaderMap, Bytes)>,
}

impl PushEndpoint {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let says = Arc::new(Mutex::new(Says::Status(201)));
        let (sender, arrived) = mpsc::unbounded_channel();
        let service = Service {
            says: says.clone(),
            arrived: sender,
        };
        let router = Router::new().fallback(take).with_state(service);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        let private = PrivateKey::generate(&ECDH_P256).expect("a key");
        let public = private.compute_public_key().expect("a key").as_ref().to_vec();
        let keys = Arc::new(Keys {
            private,
            public,
            secret: *b"a shared secret!",
        });
        Self {
            origin,
            keys,
            says,
            arrived,
            serving,
        }
    }

    /// What the browser gives to the page that subscribes.
    pub fn subscribe(&self, path: &str) -> SubscribePush {
        SubscribePush {
            endpoint: format!("{}/{path}", self.origin),
            p256dh: BASE64_URL_SAFE_NO_PAD.encode(&self.keys.public),
            auth: BASE64_URL_SAFE_NO_PAD.encode(self.keys.secret),
            name: "Firefox on Linux".to_owned(),
        }
    }

    /// From now on.
    pub fn says(&self, says: Says) {
        *self.says.lock().expect("nobody panicked") = says;
    }

    /// The next push, checked and read. `server_key` is the one that the browser subscribed to.
    pub async fn next(&mut self, server_key: &str) -> Arrived {
        let (path, headers, body) = soon("a push", self.arrived.recv())
            .await
            .expect("the service runs");
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-encoding"), "aes128gcm");
        check_authorization(&header("authorization"), server_key, &self.origin);
        let text = self.keys.open(&body);
        Arrived {
            path,
            ttl: header("ttl").parse().expect("seconds"),
            topic: header("topic"),
            urgency: header("urgency"),
            payload: serde_json::from_slice(&text).expect("a payload"),
        }
    }

    /// Whether a push has arrived and was not looked at.
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }
}

impl Drop for PushEndpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    drop(
        service
            .arrived
            .send((uri.path().trim_start_matches('/').to_owned(), headers, body)),
    );
    let says = *service.says.lock().expect("nobody panicked");
    match says {
        Says::Status(status) => (StatusCode::from_u16(status).expect("a status"), HeaderMap::new()),
        Says::Slower(seconds) => {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", seconds.into());
            (StatusCode::TOO_MANY_REQUESTS, headers)
        }
        Says::Nothing => std::future::pending().await,
    }
}

/// RFC 8292, as push services check it.
fn check_authorization(value: &str, server_key: &str, origin: &str) {
    let parameters = value.strip_prefix("vapid ").expect("the scheme");
    let (token, key) = parameters.split_once(", ").expect("two parameters");
    let token = token.strip_prefix("t=").expect("a token");
    let key = key.strip_prefix("k=").expect("a key");
    assert_eq!(key, server_key, "the key that the browser subscribed to");
    let point = BASE64_URL_SAFE_NO_PAD.decode(key).expect("base64url");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[origin]);
    validation.set_required_spec_claims(&["aud", "exp", "sub"]);
    let data = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_ec_der(&point), &validation)
        .expect("a token signed by that key, for this push service");
    let expires = data.claims["exp"].as_u64().expect("seconds");
    assert!(
        expires <= jsonwebtoken::get_current_timestamp() + 24 * 3600,
        "at most a day"
    );
    assert!(
        data.claims["sub"]
            .as_str()
            .expect("a contact")
            .starts_with("https://")
    );
}

impl Keys {
    /// RFC 8291, from the browser's side.
    fn open(&self, body: &[u8]) -> Vec<u8> {
        assert!(body.len() <= 4096);
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!(u32::from_be_bytes(size.try_into().expect("four bytes")), 4096);
        let (theirs, sealed) = rest[1..].split_at(usize::from(rest[0]));
        let shared = agreement::agree(
            &self.private,
            UnparsedPublicKey::new(&ECDH_P256, theirs),
            (),
            |shared| Ok(shared.to_vec()),
        )
        .expect("a point");
        let info = [b"WebPush: info\0", &self.public[..], theirs].concat();
        let input = expand(&hash(&self.secret, &shared), &info);
        let key = hash(salt, &input);
        let content_key = &expand(&key, b"Content-Encoding: aes128gcm\0")[..16];
        let nonce = &expand(&key, b"Content-Encoding: nonce\0")[..12];
        let mut text = sealed.to_vec();
        let text = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, content_key).expect("a key"))
            .open_in_place(
                Nonce::try_assume_unique_for_key(nonce).expect("a nonce"),
                Aad::empty(),
                &mut text,
            )
            .expect("it is for this browser");
        let end = text.iter().rposition(|byte| *byte != 0).expect("a delimiter");
        assert_eq!(text[end], 2, "the last record");
        text[..end].to_vec()
    }
}

/// HKDF's first block, which is all that is needed (RFC 5869, 2.3).
fn expand(key: &[u8], info: &[u8]) -> Vec<u8> {
    hash(key, &[info, &[1]].concat())
}

fn hash(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
        .as_ref()
        .to_vec()
}
