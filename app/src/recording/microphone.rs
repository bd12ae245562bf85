//! The browser's microphone.
//!
//! The browser records in whatever format it likes. At the end it decodes its own recording and brings it to our sample
//! rate, which every browser can, so that what is sent does not depend on who recorded it.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Promise};
use leptos::prelude::window;
use tidings_protocol::voice;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AnalyserNode, AudioBuffer, AudioContext, Blob, BlobEvent, DomException, MediaRecorder, MediaStream,
    MediaStreamConstraints, MediaStreamTrack, OfflineAudioContext,
};

use super::Trouble;

/// Samples that a level is taken from: a twentieth of a second.
const LEVEL_SAMPLES: u32 = 2048;

/// An open microphone that records. Dropping it closes it and forgets what was recorded.
pub struct Microphone {
    stream: MediaStream,
    recorder: MediaRecorder,
    context: AudioContext,
    analyser: AnalyserNode,
    parts: Rc<RefCell<Vec<Blob>>>,
    /// Settled when the recorder has stopped and all parts are there, also when it stops by itself.
    stopped: Promise,
    _keep: Closure<dyn FnMut(BlobEvent)>,
    _ended: Closure<dyn Fn()>,
}

impl Microphone {
    /// Asks for the microphone, and begins to record. `ended` is called when the microphone goes by itself: a headset that
    /// is unplugged or out of power, or a permission that is taken back. What was recorded until then is there.
    ///
    /// # Errors
    /// What kept it from opening.
    pub async fn open(ended: impl Fn() + 'static) -> Result<Self, Trouble> {
        // Absent where the page is not secure, whatever the type says.
        let devices = window()
            .navigator()
            .media_devices()
            .map_err(|_| Trouble::Insecure)?;
        if devices.is_undefined() {
            return Err(Trouble::Insecure);
        }
        let wanted = MediaStreamConstraints::new();
        wanted.set_audio(&JsValue::TRUE);
        let asked = devices
            .get_user_media_with_constraints(&wanted)
            .map_err(|error| trouble(&error))?;
        let stream: MediaStream = JsFuture::from(asked)
            .await
            .map_err(|error| trouble(&error))?
            .unchecked_into();
        let opened = Self::record(stream.clone(), Closure::new(ended));
        if opened.is_err() {
            close(&stream);
        }
        opened.map_err(|error| trouble(&error))
    }

    fn record(stream: MediaStream, ended: Closure<dyn Fn()>) -> Result<Self, JsValue> {
        let context = AudioContext::new()?;
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(LEVEL_SAMPLES);
        context
            .create_media_stream_source(&stream)?
            .connect_with_audio_node(&analyser)?;
        let recorder = MediaRecorder::new_with_media_stream(&stream)?;
        let parts = Rc::new(RefCell::new(Vec::new()));
        let keep = {
            let parts = Rc::clone(&parts);
            Closure::new(move |event: BlobEvent| parts.borrow_mut().extend(event.data()))
        };
        recorder.set_ondataavailable(Some(keep.as_ref().unchecked_ref()));
        // From the beginning: a recorder that has stopped by itself does not say so again when it is told to stop.
        let stopped = Promise::new(&mut |resolve, _| recorder.set_onstop(Some(&resolve)));
        recorder.start()?;
        for track in tracks(&stream) {
            track.set_onended(Some(ended.as_ref().unchecked_ref()));
        }
        Ok(Self {
            stream,
            recorder,
            context,
            analyser,
            parts,
            stopped,
            _keep: keep,
            _ended: ended,
        })
    }

    /// Stops recording for the moment.
    pub fn pause(&self) {
        // Fails only when it has ended, and then nothing is recorded either.
        self.recorder.pause().ok();
    }

    /// Records on.
    pub fn resume(&self) {
        self.recorder.resume().ok();
    }

    /// How loud it is at this moment, from 0 to 1.
    #[must_use]
    pub fn level(&self) -> f32 {
        let mut samples = vec![0.0; LEVEL_SAMPLES as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        samples
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()))
            .min(1.0)
    }

    /// Closes the microphone, and gives what was recorded as a file of [`voice`].
    ///
    /// # Errors
    /// [`Trouble::Unusable`] when nothing came of it.
    pub async fn finish(self) -> Result<Vec<u8>, Trouble> {
        let blob = self.stopped().await.ok_or(Trouble::Unusable)?;
        let samples = samples(&self.context, &blob)
            .await
            .map_err(|_| Trouble::Unusable)?;
        let file = voice::encode(&samples);
        voice::read(&file).map_err(|_| Trouble::Unusable)?;
        Ok(file)
    }

    /// The whole recording in the browser's own format.
    async fn stopped(&self) -> Option<Blob> {
        // Some browsers refuse when it has stopped by itself.
        self.recorder.stop().ok();
        JsFuture::from(self.stopped.clone()).await.ok()?;
        let parts: Array = self.parts.borrow().iter().collect();
        Blob::new_with_blob_sequence(&parts).ok()
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.recorder.set_ondataavailable(None);
        for track in tracks(&self.stream) {
            track.set_onended(None);
        }
        close(&self.stream);
        // A context that is closed twice complains, and is closed.
        drop(self.context.close());
    }
}

/// Switches the microphone off, and with it the sign that browsers show.
fn close(stream: &MediaStream) {
    for track in tracks(stream) {
        track.stop();
    }
}

fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    stream
        .get_tracks()
        .into_iter()
        .map(JsCast::unchecked_into::<MediaStreamTrack>)
}

/// Decodes a recording, and mixes it down to one channel at our sample rate.
async fn samples(context: &AudioContext, blob: &Blob) -> Result<Vec<f32>, JsValue> {
    let bytes = JsFuture::from(blob.array_buffer()).await?;
    let decoded = context.decode_audio_data(bytes.unchecked_ref())?;
    let decoded: AudioBuffer = JsFuture::from(decoded).await?.unchecked_into();
    let rate = voice::SAMPLE_RATE as f32;
    let most = tidings_protocol::limits::VOICE_MAX.as_secs() as u32 * voice::SAMPLE_RATE;
    let length = ((decoded.duration() * f64::from(rate)).ceil() as u32).clamp(1, most);
    let offline =
        OfflineAudioContext::new_with_number_of_channels_and_length_and_sample_rate(1, length, rate)?;
    let source = offline.create_buffer_source()?;
    source.set_buffer(Some(&decoded));
    source.connect_with_audio_node(&offline.destination())?;
    source.start()?;
    let rendered: AudioBuffer = JsFuture::from(offline.start_rendering()?).await?.unchecked_into();
    rendered.get_channel_data(0)
}

fn trouble(error: &JsValue) -> Trouble {
    let name = error.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
        Some("NotAllowedError" | "SecurityError") => Trouble::Forbidden,
        Some("NotFoundError" | "OverconstrainedError") => Trouble::Missing,
        _ => Trouble::Busy,
    }
}
