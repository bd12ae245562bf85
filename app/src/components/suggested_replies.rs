//! Replies that may be wanted, over the composer.

use leptos::{prelude::*, task::spawn_local};
use tidings_protocol::{SmartReplies, Suggestion, SuggestionSource, ThreadId, command::SuggestReplies};

use crate::live::use_live;

/// A row of suggestions for the newest message of others, for people who turned them on. The row is always there for
/// them, so that nothing moves when suggestions come and go.
#[component]
pub fn SuggestedReplies(
    /// Where.
    thread: ThreadId,
    /// Called with the text of the one that was taken.
    take: Callback<String>,
) -> impl IntoView {
    let live = use_live();
    let is_on = Memo::new(move |_| {
        !matches!(
            live.smart_replies().choice,
            SmartReplies::Off | SmartReplies::Unknown
        )
    });
    let asked = Memo::new(move |_| {
        (is_on.get() && live.is_live())
            .then(|| live.to_answer(thread))
            .flatten()
    });
    let suggestions = RwSignal::new(Vec::<Suggestion>::new());
    Effect::new(move |_| {
        let wanted = asked.get();
        suggestions.set(Vec::new());
        let Some(seq) = wanted else {
            return;
        };
        spawn_local(async move {
            // Nobody waits for suggestions, so none is no failure to speak of.
            let answer = live.ask(SuggestReplies { thread, seq }).await.unwrap_or_default();
            if asked.try_get_untracked() == Some(wanted) {
                suggestions.try_set(answer);
            }
        });
    });
    let chips = move || {
        let host = live.smart_replies().model;
        let take_one = move |one: Suggestion| {
            let text = one.text.as_str().to_owned();
            let (chosen, mark) = (text.clone(), mark(one.source, host.as_deref()));
            let is_written = mark.is_some();
            // Its button may be too short for all of it.
            let title = mark.as_ref().map(|mark| format!("{mark}: {text}"));
            view! {
                <li>
                    <button
                        type="button"
                        class="suggestion"
                        class:is-written=is_written
                        title=title
                        aria-description=mark
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| take.run(chosen.clone())
                    >
                        {text}
                    </button>
                </li>
            }
        };
        suggestions.get().into_iter().map(take_one).collect_view()
    };
    move || {
        is_on.get().then(|| {
            view! {
                <ul class="suggestions" aria-label="Suggested replies">
                    {chips}
                </ul>
            }
        })
    }
}

/// What is said of a suggestion that the person or this server did not come up with.
fn mark(source: SuggestionSource, host: Option<&str>) -> Option<String> {
    match source {
        SuggestionSource::Model => Some(format!("Suggested by {}", host.unwrap_or("a language model"))),
        SuggestionSource::Own | SuggestionSource::Phrase | SuggestionSource::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_model_wrote_is_marked_with_where_it_is_from() {
        let marked = mark(SuggestionSource::Model, Some("models.example.org"));
        assert_eq!(marked.as_deref(), Some("Suggested by models.example.org"));
        assert_eq!(mark(SuggestionSource::Own, Some("models.example.org")), None);
        assert_eq!(mark(SuggestionSource::Phrase, None), None);
    }
}
