//! What is written about a request, and what never is.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::support::*;
use shadow_proto::metrics::v1::QueryRequest;
use tonic::Code;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_is_one_line_without_token_and_payload() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: beside tests without a subscriber, one of this thread alone may not be asked.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let service = guarded(&gate(&People::of_every_role()));
    let owner = token(&claims("owner"));
    let mut request = request(
        QUERY,
        Some(&owner),
        &QueryRequest {
            currency: "PAYLOAD".to_owned(),
            ..QueryRequest::default()
        },
    );
    request
        .headers_mut()
        .insert("x-request-id", "the-id".parse().unwrap());
    assert_eq!(call(&service, request).await.code, Code::Ok);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let answered: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| {
            line["fields"]["message"] == "answered" && line["span"]["request_id"] == "the-id"
        })
        .collect();
    let [line] = answered.as_slice() else {
        panic!("{text}")
    };
    assert_eq!(line["fields"]["code"], "OK");
    assert!(line["fields"]["duration_ms"].as_f64().unwrap() >= 0.0);
    assert_eq!(line["span"]["request_id"], "the-id");
    assert_eq!(line["span"]["method"], QUERY);
    assert_eq!(line["span"]["subject"], "owner");
    assert_eq!(line["span"]["workspace"], ONE.to_string());
    assert!(
        !text.contains(&owner) && !text.contains("PAYLOAD"),
        "{text}"
    );
}
