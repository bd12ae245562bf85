//! Client records: all staff see and keep all of them.

use futures_util::FutureExt;
use tidings_protocol::{
    Client, ClientId, Event,
    command::{AddClient, ArchiveClient, ClientFields, EditClient, SearchClients},
    limits, text,
};

use super::{
    Actor, Caller, Error, access,
    accounts::search_pattern,
    error::{Conflict, Thing},
};
use crate::store::{Audience, Tx, clients};

impl Actor {
    /// See [`SearchClients`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text is too long.
    pub async fn search_clients(&self, command: SearchClients) -> Result<Vec<Client>, Error> {
        let pattern = search_pattern(&command.text)?;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        // An address names a client by its id, and the device only knows those of its own threads.
        if let Ok(id) = command.text.trim().parse() {
            let wanted = |client: &Client| command.archived || !client.archived;
            return Ok(clients::get(&mut tx, id)
                .await?
                .into_iter()
                .filter(wanted)
                .collect());
        }
        Ok(clients::search(&mut tx, &pattern, command.archived, limits::SEARCH_RESULTS).await?)
    }

    /// See [`AddClient`]. Nobody has a thread about it yet, so nobody is told.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field; a conflict when the id was used for another record.
    pub async fn add_client(&self, command: AddClient) -> Result<Client, Error> {
        let client = checked(command.client, false, &command.fields)?;
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    access::live(tx, caller).await?;
                    match clients::get(tx, client.id).await? {
                        Some(known) if known == client => {}
                        Some(_) => return Err(Error::Conflict(Conflict::ClientId)),
                        None => clients::insert(tx, &client).await?,
                    }
                    Ok(client)
                }
                .boxed()
            })
            .await
    }

    /// See [`EditClient`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field; [`Error::NotFound`] for an unknown client.
    pub async fn edit_client(&self, command: EditClient) -> Result<Client, Error> {
        // Whether it is archived is taken from the record.
        let wanted = checked(command.client, false, &command.fields)?;
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    let known = known(tx, caller, wanted.id).await?;
                    let wanted = Client {
                        archived: known.archived,
                        ..wanted
                    };
                    replace(tx, caller, &known, wanted).await
                }
                .boxed()
            })
            .await
    }

    /// See [`ArchiveClient`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown client.
    pub async fn archive_client(&self, command: ArchiveClient) -> Result<Client, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    let known = known(tx, caller, command.client).await?;
                    let wanted = Client {
                        archived: command.archived,
                        ..known.clone()
                    };
                    replace(tx, caller, &known, wanted).await
                }
                .boxed()
            })
            .await
    }
}

async fn known(tx: &mut Tx, caller: Caller, client: ClientId) -> Result<Client, Error> {
    access::live(tx, caller).await?;
    clients::get(tx, client)
        .await?
        .ok_or(Error::NotFound(Thing::Client))
}

async fn replace(tx: &mut Tx, caller: Caller, known: &Client, wanted: Client) -> Result<Client, Error> {
    if *known != wanted {
        clients::update(tx, &wanted).await?;
        let audience = Audience::Client {
            client: wanted.id,
            by: caller.user,
        };
        tx.emit(
            audience,
            Event::ClientChanged {
                client: wanted.clone(),
            },
        );
    }
    Ok(wanted)
}

fn checked(id: ClientId, archived: bool, fields: &ClientFields) -> Result<Client, Error> {
    let name = text::line("Name", &fields.name, limits::NAME_MAX_CHARS)
        .map_err(|error| Error::invalid("name", error))?;
    let reference = text::optional("Reference", &fields.reference, limits::REFERENCE_MAX_CHARS)
        .map_err(|error| Error::invalid("reference", error))?;
    let note = text::optional("Note", &fields.note, limits::NOTE_MAX_CHARS)
        .map_err(|error| Error::invalid("note", error))?;
    Ok(Client {
        id,
        name,
        reference,
        note,
        archived,
    })
}
