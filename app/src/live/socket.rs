//! One WebSocket: opening, frames in, text out, closing.
//!
//! Dropping it closes it and detaches its listeners, so nothing late is ever heard of an old one.

use leptos::{prelude::*, task::spawn_local};
use tidings_device::Input;
use tidings_protocol::{SUBPROTOCOL, ServerFrame, frame};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::Live;

/// Browsers give this code when the connection was lost and no close frame came (RFC 6455, 7.4.1).
const NO_CLOSE_FRAME: u16 = 1006;

/// An open, opening or lost WebSocket.
pub(super) struct Socket {
    socket: Option<WebSocket>,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to open a socket to the page's server and reports to `live` what becomes of it.
    pub(super) fn dial(live: Live) -> Self {
        let on_open = Closure::new(move |_: Event| live.report(Input::Opened));
        let on_message = Closure::new(move |event: MessageEvent| hear(live, &event));
        let on_close = Closure::new(move |event: CloseEvent| {
            let code = Some(event.code()).filter(|&code| code != NO_CLOSE_FRAME);
            live.report(Input::Closed { code });
        });
        let socket = WebSocket::new_with_str(&address(), SUBPROTOCOL).ok();
        match &socket {
            Some(socket) => {
                socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
                socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
            }
            // Later, because the device is still in the middle of asking for this dial.
            None => spawn_local(async move { live.report(Input::Closed { code: None }) }),
        }
        Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        }
    }

    /// Sends `text`. A socket that is closing drops it: the device learns of the loss from the close.
    pub(super) fn send(&self, text: &str) {
        if let Some(socket) = &self.socket {
            socket.send_with_str(text).ok();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            socket.set_onopen(None);
            socket.set_onmessage(None);
            socket.set_onclose(None);
            // Fails only for codes and reasons, and none is given.
            socket.close().ok();
        }
    }
}

/// A frame that is not understood is skipped: what it told is in the log, and the next beat shows that it is missing.
fn hear(live: Live, event: &MessageEvent) {
    let Some(text) = event.data().as_string() else {
        return;
    };
    match frame::decode::<ServerFrame>(&text) {
        Ok(frame) => live.report(Input::Frame(Box::new(frame))),
        Err(error) => leptos::logging::warn!("a frame was skipped: {error}"),
    }
}

fn address() -> String {
    let location = location();
    let scheme = if location.protocol().is_ok_and(|scheme| scheme == "https:") {
        "wss"
    } else {
        "ws"
    };
    format!("{scheme}://{}/api/v1/socket", location.host().unwrap_or_default())
}
