//! Routes as a list, from which the router is built and which a test can go through.
//!
//! Adding a route any other way is refused by the lints, so none is left out of the table that says who may use which
//! (`tests/product/authorisation.rs`).

/// A function that gives a router, and a list of its methods and addresses.
macro_rules! routes {
    (
        $(#[$about:meta])* pub fn $routes:ident;
        $(#[$about_list:meta])* pub const $list:ident;
        $($method:ident $path:literal => $handler:path;)*
    ) => {
        $(#[$about])*
        #[expect(clippy::disallowed_methods, reason = "this is the list")]
        pub fn $routes() -> ::axum::Router<$crate::site::Site> {
            use ::axum::routing::{MethodFilter, on};
            ::axum::Router::new()$(.route($path, on(MethodFilter::$method, $handler)))*
        }

        $(#[$about_list])*
        pub const $list: &[(::http::Method, &str)] = &[$((::http::Method::$method, $path)),*];
    };
}
pub(crate) use routes;
