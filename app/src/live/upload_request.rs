//! One request that carries a file and tells how far it has got, which `fetch` can't.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::Blob;

type Listener = Closure<dyn FnMut(JsValue)>;

/// A request under way. Dropping it ends it, and nothing is heard of it any more.
pub(super) struct UploadRequest {
    request: JsValue,
    _listeners: [Listener; 3],
}

/// What is heard of a request.
pub(super) enum Heard {
    /// So many bytes are there.
    Sent(u64),
    /// The answer: its status and text.
    Answered(u16, String),
    /// The line is broken.
    Failed,
}

impl UploadRequest {
    /// Sends `blob`; `None` where the browser refuses.
    pub(super) fn put(address: &str, blob: &Blob, heard: impl Fn(Heard) + Clone + 'static) -> Option<Self> {
        let constructor: Function = Reflect::get(&js_sys::global(), &"XMLHttpRequest".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let request = Reflect::construct(&constructor, &Array::new()).ok()?;
        let tell = heard.clone();
        let progress: Listener =
            Closure::new(move |event: JsValue| tell(Heard::Sent(number(&event, "loaded"))));
        let (tell, answered) = (heard.clone(), request.clone());
        let loaded: Listener = Closure::new(move |_: JsValue| {
            let status = u16::try_from(number(&answered, "status")).unwrap_or_default();
            let text = Reflect::get(&answered, &"responseText".into()).ok();
            tell(Heard::Answered(
                status,
                text.and_then(|text| text.as_string()).unwrap_or_default(),
            ));
        });
        let failed: Listener = Closure::new(move |_: JsValue| heard(Heard::Failed));
        let upload = Reflect::get(&request, &"upload".into()).ok()?;
        Reflect::set(&upload, &"onprogress".into(), progress.as_ref()).ok()?;
        Reflect::set(&request, &"onload".into(), loaded.as_ref()).ok()?;
        Reflect::set(&request, &"onerror".into(), failed.as_ref()).ok()?;
        call(&request, "open", &["PUT".into(), address.into(), JsValue::TRUE])?;
        call(&request, "send", &[blob.clone().into()])?;
        Some(Self {
            request,
            _listeners: [progress, loaded, failed],
        })
    }
}

impl Drop for UploadRequest {
    fn drop(&mut self) {
        if let Ok(upload) = Reflect::get(&self.request, &"upload".into()) {
            Reflect::set(&upload, &"onprogress".into(), &JsValue::NULL).ok();
        }
        for name in ["onload", "onerror"] {
            Reflect::set(&self.request, &name.into(), &JsValue::NULL).ok();
        }
        // One that has ended has nothing to abort.
        call(&self.request, "abort", &[]);
    }
}

fn call(on: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(on, &name.into()).ok()?.dyn_into().ok()?;
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    function.apply(on, &list).ok()
}

fn number(of: &JsValue, name: &str) -> u64 {
    let value = Reflect::get(of, &name.into()).ok();
    super::whole(value.and_then(|value| value.as_f64()).unwrap_or_default())
}
