//! One labelled input of a form.

use leptos::{html::Input, prelude::*};

/// A text input with a visible label, a hint, and its own error.
#[component]
pub fn FormField(
    /// The label.
    label: &'static str,
    /// The input's id, and its name where the form is sent without scripts.
    id: &'static str,
    /// False keeps the value out of a form that is submitted before the page lives.
    #[prop(default = true)]
    named: bool,
    /// `text`, `password` or `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a browser may fill in (HTML, 4.10.18.7).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether the form can be sent without it.
    #[prop(optional)]
    optional: bool,
    /// What is expected.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The value at first.
    #[prop(optional, into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The input element.
    #[prop(optional)]
    node_ref: NodeRef<Input>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described_by = {
        let hint = hint.is_some().then(|| hint_id.clone());
        let error_id = error_id.clone();
        move || {
            let error = error.read().is_some().then(|| error_id.clone());
            let ids: Vec<String> = hint.clone().into_iter().chain(error).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    view! {
        <div class="field">
            <label for=id>{label} {optional.then_some(" (optional)")}</label>
            <input
                id=id
                name=named.then_some(id)
                type=kind
                value=value
                required=!optional
                autocomplete=autocomplete
                autocapitalize=(id == "username").then_some("none")
                spellcheck=(id == "username").then_some("false")
                aria-describedby=described_by
                aria-invalid=move || error.read().is_some().then_some("true")
                node_ref=node_ref
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {move || {
                error
                    .get()
                    .map(|error| view! { <p class="field-error" id=error_id.clone() role="alert">{error}</p> })
            }}
        </div>
    }
}
