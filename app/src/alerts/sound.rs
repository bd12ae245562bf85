//! A quiet sound of two notes, made by the browser: there is no file to load.

use std::cell::RefCell;

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

/// Frequencies in hertz, and when each begins in seconds.
const NOTES: [(f32, f64); 2] = [(659.3, 0.0), (880.0, 0.11)];
/// How long a note sounds, in seconds.
const LENGTH: f64 = 0.22;
/// How loud it is at most; one is as loud as a device gets.
const LOUDNESS: f32 = 0.06;

thread_local! {
    /// Browsers allow a page only a few of them.
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Plays it. False if nobody can hear it: a browser stays silent until the person has pressed something on the page.
pub fn play() -> bool {
    CONTEXT.with_borrow_mut(|context| {
        if context.is_none() {
            *context = AudioContext::new().ok();
        }
        if let Some(context) = context {
            // Without a sound the notification is seen all the same.
            notes(context).ok();
        }
    });
    was_pressed()
}

/// Whether the person has pressed anything since the page was loaded; also true where the browser does not say.
fn was_pressed() -> bool {
    let of = |holder: &JsValue, name: &str| Reflect::get(holder, &name.into()).ok();
    let activation = of(&window().navigator(), "userActivation");
    let been = activation.and_then(|activation| of(&activation, "hasBeenActive"));
    been.and_then(|been| been.as_bool()).unwrap_or(true)
}

fn notes(context: &AudioContext) -> Result<(), JsValue> {
    // Browsers put it to sleep while the page is quiet. It is not waited for: times count from when it wakes.
    drop(context.resume()?);
    for (frequency, begins) in NOTES {
        let (note, volume) = (context.create_oscillator()?, context.create_gain()?);
        note.set_type(OscillatorType::Sine);
        note.frequency().set_value(frequency);
        let begins = context.current_time() + begins;
        let gain = volume.gain();
        gain.set_value_at_time(0.0, begins)?;
        gain.linear_ramp_to_value_at_time(LOUDNESS, begins + 0.02)?;
        gain.linear_ramp_to_value_at_time(0.0, begins + LENGTH)?;
        note.connect_with_audio_node(&volume)?
            .connect_with_audio_node(&context.destination())?;
        note.start_with_when(begins)?;
        note.stop_with_when(begins + LENGTH)?;
    }
    Ok(())
}
