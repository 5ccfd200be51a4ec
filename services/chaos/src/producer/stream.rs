//! Publishing by the stream of batches: several are on their way, and what a broken stream leaves unanswered is sent
//! again on the next.

use std::collections::HashMap;
use std::time::Duration;

use shadow_client::Client;
use shadow_proto::streaming::v1::{Event, PublishBatchResponse, PublishRequest, PublishResponse};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

/// How long an answer is waited for before the stream is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// The pause before another stream is tried.
const PAUSE: Duration = Duration::from_millis(30);

/// How many batches may wait to be sent.
const WAITING: usize = 16;

type Answer = Result<PublishBatchResponse, String>;

/// A way to the server that opens a stream whenever it has none.
pub(crate) struct Pipe {
    client: Client,
    open: Option<Open>,
    sequence: u64,
}

struct Open {
    requests: mpsc::Sender<PublishRequest>,
    responses: Streaming<PublishResponse>,
}

impl Pipe {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            open: None,
            sequence: 0,
        }
    }

    /// Publishes batches until each is answered; an error is what no further attempt would change.
    pub(crate) async fn publish(&mut self, batches: Vec<Vec<Event>>) -> Vec<Answer> {
        let mut answers: Vec<Option<Answer>> = batches.iter().map(|_| None).collect();
        loop {
            let tried = self.attempt(&batches, &mut answers).await;
            if let Err(status) = tried {
                self.open = None;
                if !passes(&status) {
                    let text = status.to_string();
                    let refused = |answer: Option<Answer>| answer.unwrap_or(Err(text.clone()));
                    return answers.into_iter().map(refused).collect();
                }
            }
            if answers.iter().all(Option::is_some) {
                return answers.into_iter().flatten().collect();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends what is not answered and reads as many answers; some may ask for another attempt.
    async fn attempt(
        &mut self,
        batches: &[Vec<Event>],
        answers: &mut [Option<Answer>],
    ) -> Result<(), Status> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(open(&self.client).await?),
        };
        let mut sent = HashMap::new();
        for (index, events) in batches.iter().enumerate() {
            if answers[index].is_some() {
                continue;
            }
            self.sequence += 1;
            sent.insert(self.sequence, index);
            let request = PublishRequest {
                sequence: self.sequence,
                events: events.clone(),
            };
            let queued = timeout(PATIENCE, open.requests.send(request)).await;
            queued
                .map_err(late)?
                .map_err(|_| Status::unavailable("the stream ended"))?;
        }
        while !sent.is_empty() {
            let response = timeout(PATIENCE, open.responses.message()).await;
            let Some(response) = response.map_err(late)?? else {
                return Err(Status::unavailable("the stream ended"));
            };
            // An answer of an attempt before this one tells nothing new.
            if let Some(index) = sent.remove(&response.sequence) {
                answers[index] = answer(response);
            }
        }
        Ok(())
    }
}

async fn open(client: &Client) -> Result<Open, Status> {
    let (requests, waiting) = mpsc::channel(WAITING);
    let mut streaming = client.streaming();
    let opened = streaming.publish(ReceiverStream::new(waiting));
    let responses = timeout(PATIENCE, opened).await.map_err(late)??;
    Ok(Open {
        requests,
        responses: responses.into_inner(),
    })
}

/// What a response says of its batch; nothing where it is to be sent again.
fn answer(response: PublishResponse) -> Option<Answer> {
    let Some(failure) = response.failure else {
        return Some(Ok(PublishBatchResponse {
            statuses: response.statuses,
            refusals: response.refusals,
        }));
    };
    let status = Status::new(Code::from(failure.code), failure.message);
    (!passes(&status)).then(|| Err(status.to_string()))
}

/// Whether it may work a moment later.
fn passes(status: &Status) -> bool {
    // A status that came over the wire has no source; one that the transport made up has.
    std::error::Error::source(status).is_some()
        || matches!(
            status.code(),
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted
        )
}

fn late(_: tokio::time::error::Elapsed) -> Status {
    Status::deadline_exceeded("the server did not answer in time")
}
