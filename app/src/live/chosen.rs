//! Files as a chooser, a drop or the clipboard gives them.

use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

#[cfg(feature = "hydrate")]
use crate::attaching::{HEAD_BYTES, dimensions};

/// A file that a person chose: its name, and where its bytes can be read.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What it is called where it comes from.
    pub name: String,
    /// Its bytes. Nothing but the beginning of a picture is read before it is uploaded.
    pub blob: Blob,
}

impl Chosen {
    /// The files of whatever has some: a chooser, or what is dropped or pasted.
    #[must_use]
    pub fn of(holder: &JsValue) -> Vec<Self> {
        let Ok(list) = Reflect::get(holder, &"files".into()) else {
            return Vec::new();
        };
        if list.is_null() || list.is_undefined() {
            return Vec::new();
        }
        Array::from(&list)
            .iter()
            .filter_map(|file| Self::new(&file))
            .collect()
    }

    fn new(file: &JsValue) -> Option<Self> {
        let name = Reflect::get(file, &"name".into())
            .ok()?
            .dyn_into::<JsString>()
            .ok()?;
        Some(Self {
            name: name.into(),
            blob: file.clone().dyn_into().ok()?,
        })
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        super::whole(self.blob.size())
    }

    /// Width and height of a picture, in pixels; `None` if it is none, or does not say. Waits for nothing unless the browser
    /// takes it for a picture.
    pub async fn sides(&self) -> Option<(u32, u32)> {
        #[cfg(feature = "hydrate")]
        if self.blob.type_().starts_with("image/") {
            let head = self
                .blob
                .slice_with_f64_and_f64(0.0, f64::from(HEAD_BYTES))
                .ok()?;
            let head = wasm_bindgen_futures::JsFuture::from(head.array_buffer())
                .await
                .ok()?;
            return dimensions(&js_sys::Uint8Array::new(&head).to_vec());
        }
        None
    }
}
