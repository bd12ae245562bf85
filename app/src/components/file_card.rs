//! A file that can be saved.

use icondata::Icon as Drawing;
use leptos::prelude::*;
use tidings_protocol::Attachment;

use super::Icon;
use crate::attaching::{address, size_text};

/// A file with its kind, name and size; pressing it saves it.
#[component]
pub fn FileCard(
    /// The file.
    file: Attachment,
    /// Whether the server has it.
    there: bool,
) -> impl IntoView {
    let name = file.name.as_str().to_owned();
    let inner = view! {
        <span class="file-face">
            <Icon drawing=drawing(&file) />
        </span>
        <span class="file-text">
            <span class="file-name" dir="auto">
                {name.clone()}
            </span>
            <span class="file-size">{size_text(file.size)}</span>
        </span>
    };
    if !there {
        return view! { <span class="file-card">{inner}</span> }.into_any();
    }
    view! {
        <a
            class="file-card"
            href=format!("{}?download=1", address(file.id))
            download=name
            // The router would take it for a page.
            rel="external"
        >
            {inner}
            <Icon drawing=icondata::LuDownload />
            <span class="sr-only">"Download"</span>
        </a>
    }
    .into_any()
}

/// What stands for a kind of file.
#[must_use]
pub fn drawing(file: &Attachment) -> Drawing {
    let extension = file.name.extension().unwrap_or_default().to_ascii_lowercase();
    match (file.media_type.split('/').next(), extension.as_str()) {
        (Some("image"), _) => icondata::LuFileImage,
        (Some("audio"), _) => icondata::LuFileAudio,
        (Some("video"), _) => icondata::LuFileVideo,
        (_, "zip" | "gz" | "tar" | "7z" | "rar" | "xz" | "zst") => icondata::LuFileArchive,
        (_, "xls" | "xlsx" | "ods" | "csv") => icondata::LuFileSpreadsheet,
        (_, "ppt" | "pptx" | "odp" | "key") => icondata::LuPresentation,
        (_, "html" | "css" | "js" | "ts" | "json" | "xml" | "rs" | "py" | "sh" | "toml" | "yml" | "yaml") => {
            icondata::LuFileCode
        }
        (_, "pdf" | "doc" | "docx" | "odt" | "txt" | "md" | "rtf") => icondata::LuFileText,
        _ => icondata::LuFile,
    }
}
