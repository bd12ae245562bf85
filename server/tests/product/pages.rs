//! Pages: complete without scripts, closed to strangers, and locked down.

use http::{Method, StatusCode, header};
use tidings_protocol::{
    ClientId, DisplayName,
    command::{AddClient, ClientFields, Rename},
};
use tidings_server::{config::PublicUrl, router};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines},
};

on_both_engines! {
    a_stranger_is_sent_to_sign_in_before_anything_is_rendered
    the_thread_s_messages_are_in_the_page
    a_page_says_what_it_may_run_and_is_not_kept
    nothing_that_people_write_is_markup_in_any_page
    every_answer_tells_browsers_what_not_to_do_with_it
    behind_https_browsers_are_told_to_stay_there
    an_unknown_page_is_not_found
    the_server_says_that_it_is_well
}

async fn a_stranger_is_sent_to_sign_in_before_anything_is_rendered(engine: Engine) {
    let server = TestServer::start(engine).await;
    for path in ["/", "/people", "/clients", "/settings", "/admin"] {
        let response = server.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(response.headers()[header::LOCATION], "/sign-in", "{path}");
        assert!(response.text().await.expect("text").is_empty(), "{path}");
    }
    let sign_in = server
        .request(Method::GET, "/sign-in")
        .send()
        .await
        .expect("an answer");
    assert_eq!(sign_in.status(), StatusCode::OK);
}

async fn the_thread_s_messages_are_in_the_page(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ana.say(thread, "Readable without scripts.").await;
    ana.while_doing(ben.until("the message", |device| device.unread(thread) == 1))
        .await;
    let page = server
        .request(Method::GET, &format!("/threads/{thread}"))
        .header(header::COOKIE, format!("tidings_access={}", ben.access))
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    let (body, _scripts) = page.split_once("</body>").expect("a document");
    assert!(body.contains("Readable without scripts."), "{body}");
}

/// On several threads, as the product runs: what renders a page is spread over them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_many_ask_for_at_once_are_all_rendered() {
    const AT_ONCE: usize = 16;
    let server = TestServer::start(Engine::Sqlite).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ana.say(thread, "Unread.").await;
    ana.while_doing(ben.until("the message", |device| device.unread(thread) == 1))
        .await;
    let cookie = format!("tidings_access={}", ben.access);
    for path in ["/", "/people", "/clients", "/settings"] {
        for _ in 0..4 {
            let asked = (0..AT_ONCE).map(|_| {
                let request = server.request(Method::GET, path);
                tokio::spawn(request.header(header::COOKIE, &cookie).send())
            });
            for response in futures_util::future::join_all(asked).await {
                let response = response.expect("it does not panic").expect("an answer");
                assert_eq!(response.status(), StatusCode::OK, "{path}");
                let page = response.text().await.expect("text");
                assert!(page.contains("<title>(1) Tidings</title>"), "{path}: {page}");
            }
        }
    }
}

async fn a_page_says_what_it_may_run_and_is_not_kept(engine: Engine) {
    let server = TestServer::start(engine).await;
    let response = server
        .request(Method::GET, "/sign-in")
        .send()
        .await
        .expect("an answer");
    let headers = response.headers().clone();
    let policy = headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("text")
        .to_owned();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    for part in [
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[header::REFERRER_POLICY], "same-origin");
    let page = response.text().await.expect("text");
    let scripts = page.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(
        page.matches(&format!("nonce=\"{nonce}\"")).count(),
        scripts,
        "{page}"
    );
}

async fn an_unknown_page_is_not_found(engine: Engine) {
    let server = TestServer::start(engine).await;
    let response = server
        .request(Method::GET, "/nothing/here")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let kind = response.headers()[header::CONTENT_TYPE].to_str().expect("text");
    assert!(kind.starts_with("text/html"), "{kind}");
}

async fn the_server_says_that_it_is_well(engine: Engine) {
    let server = TestServer::start(engine).await;
    let response = server
        .request(Method::GET, "/health")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
}

async fn every_answer_tells_browsers_what_not_to_do_with_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let mut addresses = router::addresses();
    addresses.push((Method::GET, "/nowhere".to_owned()));
    addresses.push((Method::GET, "/pkg/nowhere".to_owned()));
    addresses.push((Method::GET, "/api/nowhere".to_owned()));
    addresses.push((Method::PATCH, "/api/v1/me".to_owned()));
    addresses.retain(|(_, path)| !path.contains("sign"));
    for (method, path) in addresses {
        let address = path.replace(['{', '}'], "");
        let response = server
            .request(method.clone(), &address)
            .bearer_auth(&ana.access)
            .send()
            .await
            .expect("an answer");
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map_or("", |value| value.to_str().expect("text"))
        };
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("server", ""),
            ("access-control-allow-origin", ""),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(header(name), value, "{name} of {method} {path}");
        }
        assert!(
            header("permissions-policy").contains("camera=()"),
            "{method} {path}"
        );
        let policy = header("content-security-policy");
        for part in [
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "default-src '",
            "form-action '",
        ] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        for hole in ["'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"] {
            assert!(!policy.contains(hole), "{method} {path}: {policy}");
        }
    }
}

async fn behind_https_browsers_are_told_to_stay_there(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.public_url = PublicUrl::new("https://chat.example.org");
    })
    .await;
    for path in ["/health", "/sign-in", "/nowhere", "/api/v1/me"] {
        let response = server.request(Method::GET, path).send().await.expect("an answer");
        let hsts = response.headers()["strict-transport-security"]
            .to_str()
            .expect("text");
        let seconds = hsts
            .strip_prefix("max-age=")
            .and_then(|rest| rest.parse::<u64>().ok());
        assert!(
            seconds.is_some_and(|seconds| seconds >= 31_536_000),
            "{path}: {hsts}"
        );
    }
}

async fn nothing_that_people_write_is_markup_in_any_page(engine: Engine) {
    // Out of every element that could hold it, and into a script.
    let bad = "</textarea></title></script></style><img src=x onerror=ran()>\"'--><img src=x onerror=ran()>";
    let short = "</textarea><img src=x onerror=ran()>";
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let client = ClientId(Uuid::now_v7());
    let fields = ClientFields {
        name: short.to_owned(),
        reference: short.to_owned(),
        note: bad.to_owned(),
    };
    ana.ask(AddClient { client, fields }).await.expect("it is added");
    let thread = ana.open(&ben, Some(client)).await;
    ana.say(thread, bad).await;
    let display_name = DisplayName::new(short).expect("a name");
    ana.ask(Rename { display_name })
        .await
        .expect("it may be any name");
    ana.settle().await;
    let mut seen = 0;
    for path in ["/", "/people", "/clients", "/settings", "/admin"]
        .map(str::to_owned)
        .into_iter()
        .chain([
            format!("/threads/{thread}"),
            format!("/clients/{client}"),
            format!("/{short}?{short}"),
        ])
    {
        let page = server
            .request(Method::GET, &path)
            .header(header::COOKIE, format!("tidings_access={}", ana.access))
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        assert!(!page.contains("<img src=x"), "{path}: {page}");
        seen += page.matches("&lt;img src=x").count();
    }
    assert!(seen > 5, "it is shown as text, or this proves nothing: {seen}");
}
