//! What a query asks for, in terms of what is stored.

use tidings_protocol::{
    ThreadId, User, UserId, limits,
    search::{Query, is_searchable},
};

use crate::{
    service::Error,
    store::{
        self, Tx, clients,
        search::{Needle, Wanted},
        sights, threads, users,
    },
};

/// Whose messages, without their name.
const ME: &str = "me";

/// Refuses what no person asks for.
pub(super) fn check(query: &Query) -> Result<(), Error> {
    let lists = [&query.terms, &query.from, &query.within, &query.client];
    let reason = if lists.iter().any(|list| list.len() > limits::QUERY_TERMS_MAX) {
        format!("Search for at most {} things at once.", limits::QUERY_TERMS_MAX)
    } else if lists
        .into_iter()
        .flatten()
        .map(|text| text.chars().count())
        .sum::<usize>()
        > limits::QUERY_MAX_CHARS
    {
        format!(
            "A search can have at most {} characters.",
            limits::QUERY_MAX_CHARS
        )
    } else {
        return Ok(());
    };
    Err(Error::Invalid {
        field: "query",
        reason,
    })
}

/// What is wanted, or a sentence that says why nothing can be.
pub(super) async fn understood(
    tx: &mut Tx,
    me: &User,
    query: Query,
) -> Result<Result<Wanted, String>, Error> {
    let is_empty = query.is_empty();
    let Query {
        terms,
        from,
        within,
        client,
        before,
        after,
        has,
    } = query;
    let needles: Vec<_> = terms
        .iter()
        .filter(|term| is_searchable(term))
        .filter_map(|term| Needle::new(term))
        .collect();
    let mut wanted = Wanted {
        user: me.id,
        needles,
        threads: None,
        senders: None,
        before,
        after,
        has,
    };
    let filters = [&from, &within, &client].iter().any(|list| !list.is_empty());
    if wanted.needles.is_empty() && !filters && before.is_none() && after.is_none() && wanted.has.is_empty() {
        return Ok(Err(if is_empty {
            "Search for a word, or for a part of one."
        } else {
            "Punctuation alone can't be searched for. Add a letter or a digit."
        }
        .to_owned()));
    }
    for name in from {
        let people = people(tx, me, &name).await?;
        if people.is_empty() {
            return Ok(Err(format!("Nobody is called “{name}”.")));
        }
        wanted.senders.get_or_insert_default().extend(people);
    }
    let mut places: Option<Vec<ThreadId>> = None;
    for name in within {
        let found = threads(tx, me, &name).await?;
        if found.is_empty() {
            return Ok(Err(format!("You have no thread called “{name}”.")));
        }
        places.get_or_insert_default().extend(found);
    }
    let mut about: Option<Vec<ThreadId>> = None;
    for name in client {
        let found = clients::threads_about(tx, me.id, &store::like(&name)).await?;
        if found.is_empty() {
            return Ok(Err(format!("You have no thread about a client called “{name}”.")));
        }
        about.get_or_insert_default().extend(found);
    }
    wanted.threads = match (places, about) {
        (Some(places), Some(about)) => {
            let both: Vec<_> = places
                .into_iter()
                .filter(|thread| about.contains(thread))
                .collect();
            if both.is_empty() {
                return Ok(Err("None of these threads is about such a client.".to_owned()));
            }
            Some(both)
        }
        (places, about) => places.or(about),
    };
    Ok(Ok(wanted))
}

async fn people(tx: &mut Tx, me: &User, name: &str) -> Result<Vec<UserId>, Error> {
    if name.eq_ignore_ascii_case(ME) {
        return Ok(vec![me.id]);
    }
    let found = users::called(tx, &store::like(name)).await?;
    // Who has exactly this username is meant alone, whoever else has it in their name.
    let exact = found
        .iter()
        .find(|(_, username)| username.as_str() == name.to_lowercase())
        .map(|(user, _)| vec![*user]);
    Ok(exact.unwrap_or_else(|| found.into_iter().map(|(user, _)| user).collect()))
}

async fn threads(tx: &mut Tx, me: &User, name: &str) -> Result<Vec<ThreadId>, Error> {
    match name.parse() {
        Ok(thread) => Ok(sights::of(tx, thread, me.id)
            .await?
            .map(|_| thread)
            .into_iter()
            .collect()),
        Err(_) => Ok(threads::called(tx, me.id, &store::like(name)).await?),
    }
}
