//! The built dashboard: a folder of files whose names hold a hash of their content, each with a compressed copy beside it.

mod encoding;
mod names;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use tonic::body::Body;

use crate::reply;
use encoding::Encoding;

const INDEX: &str = "index.html";
/// A name with a hash means the same content for ever.
const FOREVER: &str = "public,max-age=31536000,immutable";
/// Asked for again each time, and answered 304 where nothing changed.
const ASK_AGAIN: &str = "no-cache";

pub(crate) struct Files {
    root: PathBuf,
    /// What was read, until the file on disk is another one.
    read: RwLock<HashMap<PathBuf, Arc<Content>>>,
}

struct Content {
    modified: Option<SystemTime>,
    bytes: Bytes,
    tag: HeaderValue,
}

impl Files {
    pub(crate) fn new(root: PathBuf) -> Files {
        Files {
            root,
            read: RwLock::new(HashMap::new()),
        }
    }

    /// The file of a path; for a path that is no file, the application, which knows its pages itself.
    pub(crate) async fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            return reply::text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        }
        let name = names::of_path(path).filter(|name| name != Path::new(INDEX));
        if let Some(name) = name {
            if let Some(response) = self.file(&name, method, headers).await {
                return response;
            }
            // A page that asks for a part of another build must not be handed a document.
            if names::is_asset(&name) {
                return reply::text(StatusCode::NOT_FOUND, "not found");
            }
        }
        match self.file(Path::new(INDEX), method, headers).await {
            Some(response) => response,
            None => reply::text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the dashboard is not built: run `make build`",
            ),
        }
    }

    async fn file(
        &self,
        name: &Path,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Response<Body>> {
        let content_type = names::content_type(name)?;
        let accepted = encoding::accepted(headers.get_all(ACCEPT_ENCODING));
        let mut found = None;
        for encoding in accepted {
            if let Some(content) = self.content(&encoding.file_name(name)).await {
                found = Some((encoding, content));
                break;
            }
        }
        let (encoding, content) = found?;
        let mut response = Response::new(Body::empty());
        let out = response.headers_mut();
        out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let keep = if names::has_hash(name) {
            FOREVER
        } else {
            ASK_AGAIN
        };
        out.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        out.insert(ETAG, content.tag.clone());
        out.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Encoding::Coded { name, .. } = encoding {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if is_known(headers, &content.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if method == Method::HEAD {
            response.headers_mut().insert(
                http::header::CONTENT_LENGTH,
                HeaderValue::from(content.bytes.len()),
            );
        } else {
            *response.body_mut() = Body::new(Full::new(content.bytes.clone()));
        }
        Some(response)
    }

    async fn content(&self, name: &Path) -> Option<Arc<Content>> {
        let path = self.root.join(name);
        let metadata = tokio::fs::metadata(&path)
            .await
            .ok()
            .filter(|metadata| metadata.is_file())?;
        let modified = metadata.modified().ok();
        let known = self
            .read
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(content) = known
            && content.modified == modified
            && content.bytes.len() as u64 == metadata.len()
        {
            return Some(content);
        }
        let bytes = Bytes::from(tokio::fs::read(&path).await.ok()?);
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let tag = HeaderValue::try_from(format!("\"{digest}\"")).ok()?;
        let content = Arc::new(Content {
            modified,
            bytes,
            tag,
        });
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        read.insert(name.to_owned(), content.clone());
        Some(content)
    }
}

fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == "*" || known.as_bytes() == tag.as_bytes())
}
