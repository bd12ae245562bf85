//! Pages, one per address.

mod admin;
mod client;
mod clients;
mod group;
mod inbox;
mod join;
mod new_account;
mod new_group;
mod not_found;
mod people;
mod register;
mod search;
mod set_up;
mod settings;
mod sign_in;
mod signed_in;
mod thread;

pub use admin::AdminPage;
pub use client::ClientPage;
pub use clients::ClientsPage;
pub use group::GroupPage;
pub use inbox::InboxPage;
pub use join::JoinPage;
pub use new_group::NewGroupPage;
pub use not_found::{NotFoundHere, NotFoundPage};
pub use people::PeoplePage;
pub use register::RegisterPage;
pub use search::SearchPage;
pub use set_up::SetUpPage;
pub use settings::SettingsPage;
pub use sign_in::SignInPage;
pub use signed_in::SignedIn;
pub use thread::ThreadPage;
