//! Finding messages, among those that a person may see.
//!
//! What is found is confined to the caller's threads inside the statement that reads it (`store/search.rs`), so that
//! neither hits nor their number tell of others. Looking ends after a moment: the answer then says where to go on.

mod asked;
mod snippet;

use std::time::Duration;

use tidings_protocol::{
    Seq,
    command::{LocateDate, SearchMessages},
    limits,
    reply::{Hit, Hits},
    search::Place,
};

use super::{Actor, Error, access};
use crate::store::{
    Tx,
    search::{self, Candidate, Hay, Wanted, Way, Window},
};
use asked::understood;
use snippet::snippet;

/// Messages that are looked through one by one rather than by an index.
const FEW: u32 = 4_000;

/// Messages with files that are looked through one by one, whatever the words of them are.
const FEW_ATTACHED: u32 = 30_000;

/// How long one question may look for more. With what there is to do before and after, people have an answer within a
/// tenth of a second.
const PATIENCE: Duration = Duration::from_millis(60);

/// Places that are looked through first; what is said often has been met by then.
const FIRST_WINDOW: i64 = 20_000;

/// Each further window is so many times as wide, until it is as wide as can be looked through while people wait, even
/// for a word that everybody says and nobody in the person's threads.
const WIDER: i64 = 4;
/// See [`WIDER`].
const WIDEST_WINDOW: i64 = 80_000;

/// Candidates that are read at once.
const BATCH: usize = 64;

/// How far the server's clock may have been wrong when a message was stored.
const CLOCK_ERROR: Duration = Duration::from_secs(24 * 3600);

impl Actor {
    /// See [`SearchMessages`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when more is asked for than a search may ask.
    pub async fn search_messages(&self, command: SearchMessages) -> Result<Hits, Error> {
        let SearchMessages { query, before, limit } = command;
        asked::check(&query)?;
        let started = self.service.now();
        let mut tx = self.service.read().await?;
        let me = access::live(&mut tx, self.caller).await?;
        let wanted = match understood(&mut tx, &me, query).await? {
            Ok(wanted) => wanted,
            Err(note) => {
                return Ok(Hits {
                    hits: Vec::new(),
                    next: None,
                    note: Some(note),
                });
            }
        };
        let mut search = Search {
            tx,
            wanted,
            limit: usize::try_from(limit.clamp(1, limits::SEARCH_HITS)).unwrap_or(1),
            found: Vec::new(),
            in_time: || self.service.now().since(started) < PATIENCE,
        };
        let stopped = search.run(before).await?;
        Ok(search.hits(stopped))
    }

    /// See [`LocateDate`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member.
    pub async fn locate_date(&self, command: LocateDate) -> Result<Seq, Error> {
        let LocateDate { thread, at } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let sight = access::sight(&mut tx, self.caller.user, thread).await?;
        let found = search::seq_of(&mut tx, thread, at, sight.first, sight.last).await?;
        Ok(found.unwrap_or(sight.last))
    }
}

/// A search under way.
struct Search<T> {
    tx: Tx,
    wanted: Wanted,
    limit: usize,
    /// One more than the limit shows that there is more.
    found: Vec<(Place, Hit)>,
    in_time: T,
}

/// Why looking through a window ended.
enum Ended {
    /// All of it was looked through.
    Through,
    /// Enough was found.
    Enough,
    /// It took too long: only what is before this is left.
    Late(Place),
}

impl<T: Fn() -> bool> Search<T> {
    /// Looks until there is enough, nothing is left, or time is up: then it says where to go on.
    async fn run(&mut self, before: Option<Place>) -> Result<Option<Place>, Error> {
        let all = self.bounds(before).await?;
        if let Some(way) = search::short_way(&mut self.tx, &self.wanted, FEW).await? {
            self.look(&way, all).await?;
            return Ok(None);
        }
        if search::attached_are_few(&mut self.tx, &self.wanted, all, FEW_ATTACHED).await? {
            return Ok(match self.look(&Way::Newest, all).await? {
                Ended::Enough | Ended::Through => None,
                Ended::Late(place) => Some(place),
            });
        }
        let mut indexed = search::is_indexed(&self.tx, &self.wanted.needles);
        let mut way = self.way(indexed).await?;
        let mut width = FIRST_WINDOW;
        let mut to = all.to;
        while to > all.from {
            if way == Way::Nowhere {
                return Ok(None);
            }
            let from = Place((to.0 - width).max(all.from.0));
            match self.look(&way, Window { from, to }).await? {
                Ended::Enough => return Ok(None),
                Ended::Late(place) => return Ok(Some(place)),
                Ended::Through => to = from,
            }
            // What has not been met often enough by now is rare, so that an index has little to show.
            if !indexed {
                indexed = true;
                way = self.way(true).await?;
            }
            width = (width * WIDER).min(WIDEST_WINDOW);
        }
        Ok(None)
    }

    async fn way(&mut self, indexed: bool) -> Result<Way, Error> {
        let way = match indexed {
            true => search::index(&mut self.tx, &self.wanted.needles).await?,
            false => None,
        };
        Ok(way.unwrap_or(Way::Newest))
    }

    /// The places that can have what is wanted.
    async fn bounds(&mut self, before: Option<Place>) -> Result<Window, Error> {
        let mut to = search::end(&mut self.tx).await?;
        to = before.map_or(to, |before| before.min(to));
        if let Some(time) = self.wanted.before {
            to = to.min(search::place_of(&mut self.tx, time + CLOCK_ERROR).await?);
        }
        let from = match self.wanted.after {
            Some(time) => search::place_of(&mut self.tx, time - CLOCK_ERROR).await?,
            None => Place(1),
        };
        Ok(Window { from, to })
    }

    async fn look(&mut self, way: &Way, window: Window) -> Result<Ended, Error> {
        let Window { from, mut to } = window;
        let batch = match way {
            Way::Through | Way::By => usize::try_from(FEW).unwrap_or(usize::MAX) + 1,
            Way::Newest | Way::Index(_) | Way::Nowhere => BATCH,
        };
        loop {
            let found =
                search::candidates(&mut self.tx, &self.wanted, way, Window { from, to }, batch).await?;
            let is_last = found.len() < batch;
            for candidate in found {
                to = candidate.place();
                if let Some(hit) = self.hit(&candidate) {
                    self.found.push((to, hit));
                    if self.found.len() > self.limit {
                        return Ok(Ended::Enough);
                    }
                }
            }
            if !(self.in_time)() {
                return Ok(Ended::Late(if is_last { from } else { to }));
            }
            if is_last {
                return Ok(Ended::Through);
            }
        }
    }

    /// What a candidate shows, if it is what is wanted.
    fn hit(&self, candidate: &Candidate) -> Option<Hit> {
        let hay = Hay::new(&candidate.body);
        let mut ranges = Vec::new();
        for needle in &self.wanted.needles {
            let found = hay.find(needle);
            if found.is_empty() {
                return None;
            }
            ranges.extend(found);
        }
        Some(Hit {
            thread: candidate.thread(),
            seq: candidate.seq(),
            sender: candidate.sender(),
            sent_at: candidate.sent_at(),
            snippet: snippet(&candidate.body, ranges),
        })
    }

    fn hits(mut self, stopped: Option<Place>) -> Hits {
        let more = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        let last = self.found.last().map(|(place, _)| *place);
        Hits {
            next: if more {
                last
            } else {
                stopped.filter(|place| place.0 > 1)
            },
            hits: self.found.into_iter().map(|(_, hit)| hit).collect(),
            note: None,
        }
    }
}
