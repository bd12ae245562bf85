use std::time::Duration;

use tidings_protocol::{
    ErrorCode, Event, Password, SessionId, Timestamp,
    command::{ChangePassword, SetActive, SignOutEverywhere},
};
use tidings_server::service::{Error, SignedIn};

use crate::stage::{PASSWORD, Stage, message};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn is_live(stage: &Stage, session: SessionId) -> bool {
    stage.service.live_session(session).await.is_ok()
}

async fn refreshed(stage: &Stage, by: &SignedIn) -> SignedIn {
    let next = stage.service.refresh(by.refresh_token.reveal()).await.unwrap();
    assert_eq!(next.session, by.session);
    next
}

async fn refuses(stage: &Stage, by: &SignedIn) -> bool {
    matches!(
        stage.service.refresh(by.refresh_token.reveal()).await,
        Err(Error::SignedOut)
    )
}

crate::on_both_engines! {
    async fn signing_in_tells_nothing_about_which_part_was_wrong(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        ana.ask(SetActive { user: ben.id(), active: false }).await.unwrap();
        let mut answers = Vec::new();
        for (name, password) in [("ana", "wrong password"), ("nobody", PASSWORD), ("ben", PASSWORD), ("a\0", "")] {
            answers.push(stage.service.sign_in(name, password).await.unwrap_err().api());
        }
        assert_eq!(answers[0].code, ErrorCode::Unauthorized);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let signed_in = stage.service.sign_in(" ANA ", PASSWORD).await.unwrap();
        assert_eq!(signed_in.user.id, ana.id());
    }

    async fn failed_sign_ins_slow_a_name_down_whether_anyone_has_it_or_not(stage: &Stage) {
        stage.owner("ana").await;
        for name in ["ana", "nobody"] {
            for _ in 0..5 {
                assert!(matches!(stage.service.sign_in(name, "wrong").await, Err(Error::WrongCredentials)));
            }
            let slowed = stage.service.sign_in(name, PASSWORD).await.unwrap_err().api();
            assert_eq!((slowed.code, slowed.retry_after), (ErrorCode::RateLimited, Some(1)));
        }
        stage.clock.advance(Duration::from_secs(1));
        assert!(stage.service.sign_in("ana", PASSWORD).await.is_ok());
    }

    async fn each_refresh_replaces_the_token(stage: &Stage) {
        let first = stage.owner("ana").await.signed_in;
        let second = refreshed(stage, &first).await;
        stage.clock.advance(DAY);
        let third = refreshed(stage, &second).await;
        assert_ne!(second.refresh_token, third.refresh_token);
        assert!(is_live(stage, first.session).await);
    }

    async fn a_refresh_whose_answer_was_lost_can_be_asked_again(stage: &Stage) {
        let first = stage.owner("ana").await.signed_in;
        let lost = refreshed(stage, &first).await;
        stage.clock.advance(DAY);
        let again = refreshed(stage, &first).await;
        let next = refreshed(stage, &again).await;
        // What was lost turns up at somebody else's: the session ends for both.
        assert!(refuses(stage, &lost).await);
        assert!(refuses(stage, &next).await);
        assert!(!is_live(stage, first.session).await);
    }

    async fn two_tabs_may_refresh_at_the_same_moment(stage: &Stage) {
        let first = stage.owner("ana").await.signed_in;
        let one = refreshed(stage, &first).await;
        let other = refreshed(stage, &first).await;
        let third = refreshed(stage, &first).await;
        let next = refreshed(stage, &one).await;
        stage.clock.advance(Duration::from_secs(10));
        refreshed(stage, &first).await;
        assert!(is_live(stage, first.session).await);
        assert_ne!(other.refresh_token, third.refresh_token);
        refreshed(stage, &next).await;
    }

    async fn a_token_that_was_replaced_for_good_ends_the_session(stage: &Stage) {
        let first = stage.owner("ana").await.signed_in;
        let second = refreshed(stage, &first).await;
        let third = refreshed(stage, &second).await;
        stage.clock.advance(Duration::from_secs(11));
        let head = stage.service.head().await.unwrap().offset;
        assert!(refuses(stage, &first).await);
        assert!(refuses(stage, &third).await);
        let rows = stage.service.log_after(head, 10).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].event, Event::SessionEnded { session: first.session });
    }

    async fn nonsense_is_not_a_refresh_token_and_ends_nothing(stage: &Stage) {
        let ana = stage.owner("ana").await;
        for token in ["", ".", "nonsense", "00000000-0000-0000-0000-000000000000.x", "a\0b"] {
            assert!(matches!(stage.service.refresh(token).await, Err(Error::SignedOut)));
        }
        assert!(is_live(stage, ana.signed_in.session).await);
    }

    async fn a_session_ends_after_thirty_idle_days_and_after_ninety_in_any_case(stage: &Stage) {
        let idle = stage.owner("ana").await.signed_in;
        let mut used = stage.service.sign_in("ana", PASSWORD).await.unwrap();
        stage.clock.advance(DAY * 29);
        assert!(is_live(stage, idle.session).await);
        used = refreshed(stage, &used).await;
        stage.clock.advance(DAY);
        assert!(!is_live(stage, idle.session).await);
        assert!(refuses(stage, &idle).await);
        used = refreshed(stage, &used).await;
        stage.clock.advance(DAY * 29);
        used = refreshed(stage, &used).await;
        stage.clock.advance(DAY * 29);
        used = refreshed(stage, &used).await;
        stage.clock.advance(DAY * 2);
        assert!(!is_live(stage, used.session).await);
    }

    async fn signing_out_ends_one_session_and_everywhere_ends_all(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let [phone, desk] = [
            stage.service.sign_in("ana", PASSWORD).await.unwrap(),
            stage.service.sign_in("ana", PASSWORD).await.unwrap(),
        ];
        stage.service.sign_out(phone.session).await.unwrap();
        stage.service.sign_out(phone.session).await.unwrap();
        assert!(!is_live(stage, phone.session).await && is_live(stage, desk.session).await);
        ana.ask(SignOutEverywhere {}).await.unwrap();
        assert!(!is_live(stage, desk.session).await && !is_live(stage, ana.signed_in.session).await);
        assert!(refuses(stage, &desk).await);
    }

    async fn a_changed_password_keeps_this_session_and_ends_the_others(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let other = stage.service.sign_in("ana", PASSWORD).await.unwrap();
        let new = Password::new("a wide river").unwrap();
        let wrong = ana.refusal(ChangePassword { current: "guess".to_owned(), new: new.clone() }).await;
        assert_eq!((wrong.code, wrong.field.as_deref()), (ErrorCode::Invalid, Some("current")));
        assert!(is_live(stage, other.session).await);
        ana.ask(ChangePassword { current: PASSWORD.to_owned(), new }).await.unwrap();
        assert!(is_live(stage, ana.signed_in.session).await && !is_live(stage, other.session).await);
        assert!(stage.service.sign_in("ana", PASSWORD).await.is_err());
        assert!(stage.service.sign_in("ana", "a wide river").await.is_ok());
    }

    async fn a_deactivated_person_is_signed_out_and_what_they_said_remains(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ben.open(&ana, None).await.thread.id;
        ben.say(thread, "Until tomorrow.").await;
        ana.ask(SetActive { user: ben.id(), active: false }).await.unwrap();
        assert!(!is_live(stage, ben.signed_in.session).await);
        assert!(refuses(stage, &ben.signed_in).await);
        assert!(ben.actor.snapshot().await.is_err());
        assert_eq!(ben.refusal(message(thread, "Still here?")).await.code, ErrorCode::Unauthorized);
        assert_eq!(ana.actor.snapshot().await.unwrap().threads[0].last_seq.0, 1);

        ana.ask(SetActive { user: ben.id(), active: true }).await.unwrap();
        assert!(!is_live(stage, ben.signed_in.session).await);
        assert!(stage.service.sign_in("ben", PASSWORD).await.is_ok());
    }

    async fn last_seen_moves_forward_only(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let seen = async || ana.actor.snapshot().await.unwrap().me.last_seen;
        stage.service.note_seen(ana.id(), Timestamp(600_123)).await.unwrap();
        assert_eq!(seen().await, Some(Timestamp(600_000)));
        stage.service.note_seen(ana.id(), Timestamp(300_000)).await.unwrap();
        assert_eq!(seen().await, Some(Timestamp(600_000)));
    }
}
