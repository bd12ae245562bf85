//! One request of a page or a server function, as the interface's [`Port`].

use async_trait::async_trait;
use http::header;
use leptos_axum::ResponseOptions;
use tidings_app::api::port::{AccountForm, Boot, Entry, Opening, Port};
use tidings_protocol::{
    AccountRole, ApiError, Command, DisplayName, Page, Password, Seq, TextError, ThreadId, Username,
    command::{Anchor, LoadMessages},
    limits,
};

use crate::{
    auth::Visitor,
    error::{Refusal, tell},
    service::{Caller, Error, NewAccount, Registration, SignedIn},
    site::Site,
};

/// A request and the answer that is being made.
pub struct Visit {
    site: Site,
    visitor: Visitor,
    response: ResponseOptions,
}

impl Visit {
    /// A visit whose cookies and redirects go to `response`.
    #[must_use]
    pub fn new(site: Site, visitor: Visitor, response: ResponseOptions) -> Self {
        Self {
            site,
            visitor,
            response,
        }
    }

    fn caller(&self) -> Result<Caller, ApiError> {
        self.visitor.caller.ok_or_else(|| Refusal::unauthorized().0)
    }

    /// Counts a try to get in.
    fn knock(&self) -> Result<(), ApiError> {
        self.site.rate_limits.entrance(self.visitor.address)
    }

    /// Lets somebody in who has just proved who they are.
    fn enter(&self, signed_in: &SignedIn) -> Result<(), ApiError> {
        let cookies = self.site.cookies_for(signed_in).map_err(|error| tell(&error))?;
        for value in cookies {
            self.response.append_header(header::SET_COOKIE, value);
        }
        leptos_axum::redirect("/");
        Ok(())
    }
}

#[async_trait]
impl Port for Visit {
    async fn entry(&self) -> Result<Entry, ApiError> {
        let needs_set_up = self
            .site
            .service
            .needs_set_up()
            .await
            .map_err(|error| tell(&error))?;
        Ok(Entry {
            needs_set_up,
            open_registration: self.site.settings.registration == Registration::Open,
            signed_in: self.visitor.caller.is_some(),
        })
    }

    async fn opening(
        &self,
        open: Option<ThreadId>,
        at: Option<Seq>,
        questions: Vec<Command>,
    ) -> Result<Opening, ApiError> {
        let actor = self.site.service.actor(self.caller()?);
        let snapshot = actor.snapshot().await.map_err(|error| tell(&error))?;
        let mut pages = Vec::new();
        let anchors = [Anchor::Latest]
            .into_iter()
            .chain(at.map(|seq| Anchor::Around { seq }));
        for (thread, from) in open
            .into_iter()
            .flat_map(|thread| anchors.clone().map(move |from| (thread, from)))
        {
            let page = LoadMessages {
                thread,
                from,
                limit: limits::PAGE_MESSAGES,
            };
            match actor.call(page.into()).await {
                Ok(reply) => pages.push(Page::try_from(reply)?),
                // The page says so itself.
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(tell(&error)),
            }
        }
        let mut answers = Vec::new();
        for question in questions {
            // A page that is refused an answer says so itself.
            if let Ok(answer) = actor.call(question.clone()).await {
                answers.push((question, answer));
            }
        }
        self.site.live.deliveries.sent_snapshot(&snapshot);
        Ok(Opening {
            boot: Boot { snapshot, pages },
            answers,
        })
    }

    async fn sign_in(&self, username: String, password: String) -> Result<(), ApiError> {
        self.knock()?;
        let signed_in = self
            .site
            .service
            .sign_in(&username, &password)
            .await
            .map_err(|error| tell(&error))?;
        self.enter(&signed_in)
    }

    async fn sign_out(&self) -> Result<(), ApiError> {
        if let Some(caller) = self.visitor.caller {
            self.site
                .service
                .sign_out(caller.session)
                .await
                .map_err(|error| tell(&error))?;
        }
        for value in self.site.cookies.forget() {
            self.response.append_header(header::SET_COOKIE, value);
        }
        leptos_axum::redirect("/sign-in");
        Ok(())
    }

    async fn set_up(&self, token: String, account: AccountForm) -> Result<(), ApiError> {
        self.knock()?;
        let signed_in = self
            .site
            .service
            .set_up(&token, checked(&account)?)
            .await
            .map_err(|error| tell(&error))?;
        self.enter(&signed_in)
    }

    async fn invited(&self, token: String) -> Result<AccountRole, ApiError> {
        self.site
            .service
            .invited(&token)
            .await
            .map_err(|error| tell(&error))
    }

    async fn join(&self, token: String, account: AccountForm) -> Result<(), ApiError> {
        self.knock()?;
        let signed_in = self
            .site
            .service
            .join(&token, checked(&account)?)
            .await
            .map_err(|error| tell(&error))?;
        self.enter(&signed_in)
    }

    async fn register(&self, account: AccountForm) -> Result<(), ApiError> {
        self.knock()?;
        let signed_in = self
            .site
            .service
            .register(checked(&account)?)
            .await
            .map_err(|error| tell(&error))?;
        self.enter(&signed_in)
    }
}

/// # Errors
/// `invalid`, about the first field that is not acceptable.
fn checked(account: &AccountForm) -> Result<NewAccount, ApiError> {
    let about = |field: &'static str| move |error: TextError| ApiError::from(error).about(field);
    Ok(NewAccount {
        username: Username::new(&account.username).map_err(about("username"))?,
        display_name: DisplayName::new(&account.display_name).map_err(about("display_name"))?,
        password: Password::new(&account.password).map_err(about("password"))?,
    })
}
