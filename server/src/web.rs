//! Pages, the server functions behind them, and the files they load.

mod visit;

use std::{
    env,
    path::Path,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    handler::Handler,
    middleware::{Next, from_fn, from_fn_with_state, map_response, map_response_with_state},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use leptos::{
    config::{Env, LeptosOptions, get_configuration},
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};
use tidings_app::{App, api::port::PortHandle, shell};
use tidings_protocol::{ApiError, limits};
use tower_http::services::ServeDir;

use crate::{
    auth::{self, Visitor},
    error::Refusal,
    security_headers::page_policy,
    site::Site,
};
use visit::Visit;

/// Pages that anyone may see; all others need a person.
const OPEN_PAGES: &[&str] = &["/sign-in", "/join/{token}", "/set-up/{token}", "/register"];

/// Names of files under `/pkg` hold a hash of their content when the build says so, so they never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Other files may change with the next version.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Pages that anyone may see.
pub fn open_pages() -> Router<Site> {
    listed(|path| OPEN_PAGES.contains(&path))
}

/// Pages that need a person.
pub fn pages() -> Router<Site> {
    listed(|path| !OPEN_PAGES.contains(&path))
}

/// Every page. Found once in a process: while Leptos looks for them, whatever page is being rendered, of whichever
/// server in this process, would wait for its data for ever.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

fn listed(wanted: impl Fn(&str) -> bool) -> Router<Site> {
    let paths: Vec<AxumRouteListing> = PAGES
        .iter()
        .filter(|listing| wanted(listing.path()))
        .cloned()
        .collect();
    Router::new().leptos_routes_with_handler(paths, page)
}

/// Renders the page at an address, whole: it is complete without scripts.
async fn page(State(site): State<Site>, visitor: Visitor, request: Request) -> Response {
    let options = site.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || {
            provide_port(&site, visitor);
            set_policy(&site);
        },
        move || shell(options.clone()),
    );
    render(request).await
}

/// Addresses of all pages.
pub fn page_paths() -> impl Iterator<Item = String> {
    PAGES.iter().map(|listing| listing.path().to_owned())
}

/// Methods and addresses of all server functions.
pub fn server_functions() -> impl Iterator<Item = (Method, String)> {
    leptos::server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned()))
}

/// Answers a call that the pages make before they have a socket.
pub async fn server_function(State(site): State<Site>, visitor: Visitor, request: Request) -> Response {
    let is_known =
        server_functions().any(|(method, path)| path == request.uri().path() && method == request.method());
    if !is_known {
        return Refusal::no_such_address().into_response();
    }
    let context = move || provide_port(&site, visitor);
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    with_status_of_error(response).await
}

/// Leptos answers every error of a server function with 500; ours say which status they travel with.
async fn with_status_of_error(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, limits::HTTP_BODY_MAX_BYTES).await else {
        return Refusal::internal().into_response();
    };
    let status = serde_json::from_slice::<ApiError>(&body)
        .ok()
        .and_then(|error| StatusCode::from_u16(error.code.status()).ok());
    parts.status = status.unwrap_or(parts.status);
    Response::from_parts(parts, body.into())
}

/// Gives the components their way to the service.
fn provide_port(site: &Site, visitor: Visitor) {
    let response = use_context::<ResponseOptions>().unwrap_or_default();
    provide_context(PortHandle(Arc::new(Visit::new(site.clone(), visitor, response))));
}

/// Sets the content security policy with the nonce that this page's scripts carry.
fn set_policy(site: &Site) {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let mut sockets: Vec<String> = site.origins.iter().map(|origin| origin.websocket()).collect();
    if env::var_os("LEPTOS_WATCH").is_some() {
        let port = site.leptos.reload_port;
        sockets.extend(["localhost", "127.0.0.1"].map(|host| format!("ws://{host}:{port}")));
    }
    if let Some(policy) = page_policy(&nonce.to_string(), &sockets) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The script, the WebAssembly and the style of the pages, compressed when they were built.
pub fn assets(site: &Site) -> Router {
    let folder = Path::new(&*site.leptos.site_root).join(&*site.leptos.site_pkg_dir);
    let lifetime = if site.leptos.hash_files {
        FOR_EVER
    } else {
        ASK_AGAIN
    };
    let files = files_in(&folder).fallback(not_found.with_state(()));
    Router::new()
        .fallback_service(files)
        .layer(map_response_with_state(lifetime, keep))
}

/// Files beside the pages, such as the icon; else the page that says that nothing is there.
pub fn files_or_not_found(site: &Site) -> Router {
    let missing = Router::new()
        .fallback(page)
        .layer(map_response(as_not_found))
        .layer(from_fn_with_state(site.clone(), auth::identify))
        .with_state(site.clone());
    let files = files_in(Path::new(&*site.leptos.site_root)).fallback(missing);
    Router::new()
        .fallback_service(files)
        .layer(map_response_with_state(ASK_AGAIN, keep))
        .layer(from_fn(let_service_worker_ask))
}

fn files_in(folder: &Path) -> ServeDir {
    ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

async fn not_found() -> Refusal {
    Refusal::no_such_address()
}

async fn as_not_found(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Where the service worker is. Its address is what it may look after: all of ours.
const SERVICE_WORKER: &str = "/service-worker.js";

/// It asks the server about its subscription, and nothing of anybody else.
const SERVICE_WORKER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

async fn let_service_worker_ask(request: Request, next: Next) -> Response {
    let is_worker = request.uri().path() == SERVICE_WORKER;
    let mut response = next.run(request).await;
    if is_worker {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, SERVICE_WORKER_POLICY);
    }
    response
}

async fn keep(State(lifetime): State<HeaderValue>, mut response: Response) -> Response {
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, lifetime);
    }
    response
}

/// Where pages find their files: from the environment under cargo-leptos, else as its release build leaves them.
///
/// # Errors
/// A sentence when the environment has a value that can't be read.
pub fn leptos_options(listen: std::net::SocketAddr) -> Result<LeptosOptions, String> {
    if env::var_os("LEPTOS_OUTPUT_NAME").is_some() {
        return get_configuration(None)
            .map(|configuration| configuration.leptos_options)
            .map_err(|error| format!("A LEPTOS_… variable can't be used: {error}."));
    }
    let site_root = env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| "target/site".to_owned());
    Ok(LeptosOptions::builder()
        .output_name("tidings")
        .site_root(site_root)
        .site_addr(listen)
        .env(Env::PROD)
        .hash_files(has_hashes())
        .build())
}

/// Whether the build has left the hashes of its files where Leptos looks for them: beside the executable.
fn has_hashes() -> bool {
    env::current_exe().is_ok_and(|executable| executable.with_file_name("hash.txt").is_file())
}
