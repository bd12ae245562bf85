//! A question before something that can't be taken back.

use leptos::{html::Dialog, prelude::*};

/// What is asked, and what happens then.
#[derive(Clone)]
pub struct Question {
    /// The question.
    pub title: String,
    /// What will come of it.
    pub text: String,
    /// What the button says that does it.
    pub yes: &'static str,
    /// Does it.
    pub act: Callback<()>,
}

/// A dialog that asks while there is a question. Escape and "Cancel" do nothing.
#[component]
pub fn Confirm(
    /// The question; put it here to have it asked.
    question: RwSignal<Option<Question>>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let (Some(dialog), true) = (dialog.get(), question.read().is_some())
            && !dialog.open()
        {
            // A browser without dialogs asks nothing, and so does nothing that can't be taken back.
            dialog.show_modal().ok();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let title = move || question.with(|asked| asked.as_ref().map(|asked| asked.title.clone()));
    let text = move || question.with(|asked| asked.as_ref().map(|asked| asked.text.clone()));
    let yes = move || question.with(|asked| asked.as_ref().map(|asked| asked.yes));
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby="confirm-title"
            aria-describedby="confirm-text"
            on:close=move |_| question.set(None)
        >
            <h2 id="confirm-title">{title}</h2>
            <p id="confirm-text">{text}</p>
            <div class="button-row">
                <button type="button" class="button button-quiet" autofocus on:click=move |_| close()>
                    "Cancel"
                </button>
                <button
                    type="button"
                    class="button button-danger"
                    on:click=move |_| {
                        let act = question.with_untracked(|asked| asked.as_ref().map(|asked| asked.act));
                        close();
                        if let Some(act) = act {
                            act.run(());
                        }
                    }
                >
                    {yes}
                </button>
            </div>
        </dialog>
    }
}
