//! Browsers that are pushed to, what their people want, and what was decided.

use tidings_protocol::{
    PushDecision, PushId, PushOutcome, PushProblem, Seq, SessionId, ThreadId, Timestamp, UserId, limits,
};
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::push::encryption::Recipient;

/// A browser that is pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its identity.
    pub id: PushId,
    /// Whose.
    pub user: UserId,
    /// The session that it is signed in with.
    pub session: SessionId,
    /// Where its push service takes pushes.
    pub endpoint: String,
    /// Its keys.
    pub recipient: Recipient,
    /// What it is called.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// How it does.
    pub health: Health,
}

/// How pushes to a browser go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When one was last taken.
    pub succeeded_at: Option<Timestamp>,
    /// What went wrong since.
    pub failed: Option<(Timestamp, PushProblem)>,
    /// How often in a row.
    pub failures: u32,
    /// Until when its push service is left alone.
    pub quiet_until: Timestamp,
    /// Whether what failed is still to be sent.
    pub retried: bool,
}

/// The key that browsers subscribe to, if there is one.
pub async fn key(tx: &mut Tx) -> Result<Option<Vec<u8>>, Error> {
    const KEY: &str = "SELECT pkcs8 FROM push_key";
    let row: Option<(Vec<u8>,)> = on!(tx, conn => sqlx::query_as(KEY).fetch_optional(conn).await)?;
    Ok(row.map(|(pkcs8,)| pkcs8))
}

/// Keeps the key, for ever.
pub async fn keep_key(tx: &mut Tx, pkcs8: &[u8]) -> Result<(), Error> {
    const KEEP: &str = "INSERT INTO push_key (id, pkcs8) VALUES (1, $1)";
    on!(tx, conn => sqlx::query(KEEP).bind(pkcs8).execute(conn).await.map(drop))?;
    Ok(())
}

/// Adds a browser. Another one of the same session, and whoever had the same endpoint, are no more.
pub async fn subscribe(tx: &mut Tx, new: &Subscription) -> Result<(), Error> {
    const REPLACE: &str = "DELETE FROM push_subscriptions WHERE session_id = $1 OR endpoint = $2";
    const INSERT: &str = "INSERT INTO push_subscriptions \
        (id, user_id, session_id, endpoint, public_key, secret, name, created_at, failures, quiet_until, retried) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)";
    on!(tx, conn => sqlx::query(REPLACE)
        .bind(new.session.0)
        .bind(&new.endpoint)
        .execute(conn)
        .await
        .map(drop))?;
    on!(tx, conn => sqlx::query(INSERT)
        .bind(new.id.0)
        .bind(new.user.0)
        .bind(new.session.0)
        .bind(&new.endpoint)
        .bind(&new.recipient.public[..])
        .bind(&new.recipient.secret[..])
        .bind(&new.name)
        .bind(new.created_at.0)
        .bind(false)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// The browsers of a person, oldest first.
pub async fn subscriptions(tx: &mut Tx, user: UserId) -> Result<Vec<Subscription>, Error> {
    const ALL: &str = "SELECT id, user_id, session_id, endpoint, public_key, secret, name, created_at, \
        succeeded_at, failed_at, problem, failures, quiet_until, retried FROM push_subscriptions \
        WHERE user_id = $1 ORDER BY created_at, id";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(ALL).bind(user.0).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Removes a browser of whomever, with all that is to be sent to it.
pub async fn unsubscribe(tx: &mut Tx, subscription: PushId) -> Result<(), Error> {
    const DELETE: &str = "DELETE FROM push_subscriptions WHERE id = $1";
    on!(tx, conn => sqlx::query(DELETE).bind(subscription.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Removes browsers whose session began at `created` or was last used at `rotated`, or earlier.
pub async fn forget_expired(tx: &mut Tx, created: Timestamp, rotated: Timestamp) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM push_subscriptions WHERE session_id IN \
                          (SELECT id FROM sessions WHERE created_at <= $1 OR rotated_at <= $2)";
    on!(tx, conn => {
        sqlx::query(FORGET).bind(created.0).bind(rotated.0).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// Stores how a browser does.
pub async fn set_health(tx: &mut Tx, subscription: PushId, health: Health) -> Result<(), Error> {
    const SET: &str = "UPDATE push_subscriptions SET succeeded_at = $2, failed_at = $3, problem = $4, \
                       failures = $5, quiet_until = $6, retried = $7 WHERE id = $1";
    on!(tx, conn => sqlx::query(SET)
        .bind(subscription.0)
        .bind(health.succeeded_at.map(|at| at.0))
        .bind(health.failed.map(|(at, _)| at.0))
        .bind(health.failed.map(|(_, problem)| problem_name(problem)))
        .bind(i64::from(health.failures))
        .bind(health.quiet_until.0)
        .bind(health.retried)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// A browser.
pub async fn subscription(tx: &mut Tx, subscription: PushId) -> Result<Option<Subscription>, Error> {
    const GET: &str = "SELECT id, user_id, session_id, endpoint, public_key, secret, name, created_at, \
        succeeded_at, failed_at, problem, failures, quiet_until, retried FROM push_subscriptions WHERE id = $1";
    let row: Option<Row> =
        on!(tx, conn => sqlx::query_as(GET).bind(subscription.0).fetch_optional(conn).await)?;
    row.map(Row::read).transpose()
}

/// Whether a person's notifications say only that there is a message.
pub async fn hides_content(tx: &mut Tx, user: UserId) -> Result<bool, Error> {
    const HIDES: &str = "SELECT hide_content FROM push_preferences WHERE user_id = $1";
    let row: Option<(bool,)> =
        on!(tx, conn => sqlx::query_as(HIDES).bind(user.0).fetch_optional(conn).await)?;
    Ok(row.is_some_and(|(hides,)| hides))
}

/// Stores whether a person's notifications say only that there is a message.
pub async fn set_hides_content(tx: &mut Tx, user: UserId, hides: bool) -> Result<(), Error> {
    const SET: &str = "INSERT INTO push_preferences (user_id, hide_content) VALUES ($1, $2) \
                       ON CONFLICT (user_id) DO UPDATE SET hide_content = excluded.hide_content";
    on!(tx, conn => sqlx::query(SET).bind(user.0).bind(hides).execute(conn).await.map(drop))?;
    Ok(())
}

/// The last decisions for a person, newest first. What was on its way and is no longer, without anything having become of
/// it, was read or deleted meanwhile, or has no browser left.
pub async fn decisions(tx: &mut Tx, user: UserId) -> Result<Vec<PushDecision>, Error> {
    const LAST: &str = "SELECT d.thread_id, d.seq, CASE \
            WHEN d.outcome <> 'queued' OR EXISTS (SELECT 1 FROM push_queue q \
                JOIN push_subscriptions p ON p.id = q.subscription_id \
                WHERE p.user_id = d.user_id AND q.thread_id = d.thread_id AND q.kind = 'message' AND q.seq >= d.seq) \
                THEN d.outcome \
            WHEN EXISTS (SELECT 1 FROM messages x \
                WHERE x.thread_id = d.thread_id AND x.seq = d.seq AND x.kind = 'deleted') THEN 'deleted' \
            WHEN EXISTS (SELECT 1 FROM members m \
                WHERE m.thread_id = d.thread_id AND m.user_id = d.user_id AND m.read_seq >= d.seq) THEN 'read' \
            ELSE 'gone' END, d.decided_at \
        FROM push_decisions d WHERE d.user_id = $1 ORDER BY d.position DESC LIMIT $2";
    let rows: Vec<(Uuid, i64, String, i64)> = on!(tx, conn => {
        sqlx::query_as(LAST)
            .bind(user.0)
            .bind(i64::from(limits::PUSH_DECISIONS_KEPT))
            .fetch_all(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(thread, seq, outcome, at)| PushDecision {
            thread: ThreadId(thread),
            seq: Seq(seq),
            at: Timestamp(at),
            outcome: outcome_named(&outcome),
        })
        .collect())
}

/// Notes what was decided about the event at `position`, and forgets what is beyond the last few and about messages that
/// can't be edited any more.
pub async fn note_decision(
    tx: &mut Tx,
    user: UserId,
    position: u64,
    decision: &PushDecision,
) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO push_decisions (user_id, position, thread_id, seq, outcome, decided_at) \
                        VALUES ($1, $2, $3, $4, $5, $6)";
    const FORGET: &str = "DELETE FROM push_decisions WHERE user_id = $1 AND decided_at < $3 AND position <= \
        (SELECT position FROM push_decisions WHERE user_id = $1 ORDER BY position DESC LIMIT 1 OFFSET $2)";
    let editable = tx.now() - limits::EDIT_WINDOW - limits::PUSH_AFTER;
    on!(tx, conn => sqlx::query(NOTE)
        .bind(user.0)
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(decision.thread.0)
        .bind(decision.seq.0)
        .bind(outcome_name(decision.outcome))
        .bind(decision.at.0)
        .execute(conn)
        .await
        .map(drop))?;
    on!(tx, conn => {
        sqlx::query(FORGET)
            .bind(user.0)
            .bind(i64::from(limits::PUSH_DECISIONS_KEPT))
            .bind(editable.0)
            .execute(conn)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// The last decision for a person about a message, if it is among those that are kept.
pub async fn decision(
    tx: &mut Tx,
    user: UserId,
    thread: ThreadId,
    seq: Seq,
) -> Result<Option<PushOutcome>, Error> {
    const LAST: &str = "SELECT outcome FROM push_decisions WHERE user_id = $1 AND thread_id = $2 AND seq = $3 \
                        ORDER BY position DESC LIMIT 1";
    let last: Option<(String,)> = on!(tx, conn => sqlx::query_as(LAST)
        .bind(user.0)
        .bind(thread.0)
        .bind(seq.0)
        .fetch_optional(conn)
        .await)?;
    Ok(last.map(|(outcome,)| outcome_named(&outcome)))
}

/// Notes what became of a push: a browser shows one notification for a thread, so that what became of a message became of
/// those before it that were still on their way. That one browser has it outweighs that others don't.
pub async fn note_result(
    tx: &mut Tx,
    user: UserId,
    thread: ThreadId,
    seq: Seq,
    outcome: PushOutcome,
) -> Result<(), Error> {
    const NOTE: &str = "UPDATE push_decisions SET outcome = $4 WHERE user_id = $1 AND thread_id = $2 \
        AND ((seq <= $3 AND outcome = 'queued') \
            OR (seq = $3 AND $4 = 'sent' AND outcome IN ('refused', 'gone', 'late', 'read')))";
    on!(tx, conn => sqlx::query(NOTE)
        .bind(user.0)
        .bind(thread.0)
        .bind(seq.0)
        .bind(outcome_name(outcome))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes of what is on its way, and will be of no use any more at the end of this, that no push service took it.
pub async fn note_late(tx: &mut Tx) -> Result<(), Error> {
    const NOTE: &str = "UPDATE push_decisions SET outcome = 'late' WHERE outcome = 'queued' AND EXISTS (\
        SELECT 1 FROM push_queue q JOIN push_subscriptions p ON p.id = q.subscription_id \
        WHERE q.expires_at <= $1 AND q.kind = 'message' AND p.user_id = push_decisions.user_id \
            AND q.thread_id = push_decisions.thread_id AND q.seq >= push_decisions.seq)";
    let now = tx.now();
    on!(tx, conn => sqlx::query(NOTE).bind(now.0).execute(conn).await.map(drop))?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    session_id: Uuid,
    endpoint: String,
    public_key: Vec<u8>,
    secret: Vec<u8>,
    name: String,
    created_at: i64,
    succeeded_at: Option<i64>,
    failed_at: Option<i64>,
    problem: Option<String>,
    failures: i64,
    quiet_until: i64,
    retried: bool,
}

impl Row {
    fn read(self) -> Result<Subscription, Error> {
        let recipient = Recipient::stored(&self.public_key, &self.secret)
            .ok_or_else(|| Error::Broken("the keys of a browser".to_owned()))?;
        Ok(Subscription {
            id: PushId(self.id),
            user: UserId(self.user_id),
            session: SessionId(self.session_id),
            endpoint: self.endpoint,
            recipient,
            name: self.name,
            created_at: Timestamp(self.created_at),
            health: Health {
                succeeded_at: self.succeeded_at.map(Timestamp),
                failed: self
                    .failed_at
                    .map(Timestamp)
                    .zip(self.problem.as_deref().map(problem_named)),
                failures: u32::try_from(self.failures).unwrap_or(u32::MAX),
                quiet_until: Timestamp(self.quiet_until),
                retried: self.retried,
            },
        })
    }
}

fn problem_name(problem: PushProblem) -> &'static str {
    match problem {
        PushProblem::TimedOut => "timed_out",
        PushProblem::Unreachable => "unreachable",
        PushProblem::Slowed => "slowed",
        PushProblem::Failing => "failing",
        PushProblem::Refused => "refused",
        PushProblem::Unknown => "unknown",
    }
}

fn problem_named(name: &str) -> PushProblem {
    match name {
        "timed_out" => PushProblem::TimedOut,
        "unreachable" => PushProblem::Unreachable,
        "slowed" => PushProblem::Slowed,
        "failing" => PushProblem::Failing,
        "refused" => PushProblem::Refused,
        _ => PushProblem::Unknown,
    }
}

fn outcome_name(outcome: PushOutcome) -> &'static str {
    match outcome {
        PushOutcome::Queued => "queued",
        PushOutcome::Sent => "sent",
        PushOutcome::Refused => "refused",
        PushOutcome::Gone => "gone",
        PushOutcome::Late => "late",
        PushOutcome::Read => "read",
        PushOutcome::Deleted => "deleted",
        PushOutcome::Old => "old",
        PushOutcome::Muted => "muted",
        PushOutcome::Nothing => "nothing",
        PushOutcome::NoMention => "no_mention",
        PushOutcome::Unknown => "unknown",
    }
}

fn outcome_named(name: &str) -> PushOutcome {
    match name {
        "queued" => PushOutcome::Queued,
        "sent" => PushOutcome::Sent,
        "refused" => PushOutcome::Refused,
        "gone" => PushOutcome::Gone,
        "late" => PushOutcome::Late,
        "read" => PushOutcome::Read,
        "deleted" => PushOutcome::Deleted,
        "old" => PushOutcome::Old,
        "muted" => PushOutcome::Muted,
        "nothing" => PushOutcome::Nothing,
        "no_mention" => PushOutcome::NoMention,
        _ => PushOutcome::Unknown,
    }
}
