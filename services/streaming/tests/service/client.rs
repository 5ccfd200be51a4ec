//! Callers of the service: batches, streams of batches and watches.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use shadow_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use shadow_proto::streaming::v1::*;
use shadow_rpc::Encoded;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A caller.
pub(crate) struct Client {
    channel: Channel,
    token: String,
}

impl Client {
    pub(crate) fn new(channel: Channel, token: String) -> Self {
        Self { channel, token }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer: MetadataValue<_> = format!("Bearer {}", self.token).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    pub(crate) async fn publish(&self, events: Vec<Event>) -> Result<PublishBatchResponse, Status> {
        let mut client = StreamingServiceClient::new(self.channel.clone());
        let request = self.request(PublishBatchRequest { events });
        client
            .publish_batch(request)
            .await
            .map(tonic::Response::into_inner)
    }

    pub(crate) async fn refusals(
        &self,
        request: ListRefusalsRequest,
    ) -> Result<ListRefusalsResponse, Status> {
        let mut client = StreamingServiceClient::new(self.channel.clone());
        let answer = client.list_refusals(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// Opens a stream of batches.
    pub(crate) async fn stream(&self) -> Result<Publishing, Status> {
        let (batches, requests) = mpsc::channel(1);
        // As bytes, so that some of them can be no message.
        let mut client = Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let request = self.request(ReceiverStream::new(requests));
        let path = PathAndQuery::from_static("/shadow.streaming.v1.StreamingService/Publish");
        let codec = Encoded::<PublishResponse>::default();
        let response = client.streaming(request, path, codec).await;
        response.map(|response| Publishing {
            batches,
            answers: response.into_inner(),
        })
    }

    pub(crate) async fn watch(&self, request: WatchRequest) -> Result<Watch, Status> {
        let mut client = StreamingServiceClient::new(self.channel.clone());
        client
            .watch(self.request(request))
            .await
            .map(|response| Watch {
                messages: response.into_inner(),
            })
    }
}

/// A stream of batches and its answers; waiting for one is bounded.
pub(crate) struct Publishing {
    batches: mpsc::Sender<Bytes>,
    answers: tonic::Streaming<PublishResponse>,
}

impl Publishing {
    pub(crate) async fn send_bytes(&self, batch: Vec<u8>) {
        self.batches.send(batch.into()).await.unwrap();
    }

    pub(crate) async fn send(&self, sequence: u64, events: Vec<Event>) {
        let batch = PublishRequest { sequence, events };
        self.send_bytes(batch.encode_to_vec()).await;
    }

    /// The next answer; `None` at the end of the stream.
    pub(crate) async fn answer(&mut self) -> Result<Option<PublishResponse>, Status> {
        let answer = tokio::time::timeout(Duration::from_secs(20), self.answers.message()).await;
        answer.expect("no answer came in time")
    }

    /// The answer for a batch, which must be the next one.
    pub(crate) async fn answer_for(&mut self, sequence: u64) -> PublishResponse {
        let answer = self.answer().await.unwrap().expect("the stream ended");
        assert_eq!(answer.sequence, sequence);
        answer
    }

    /// Sends no more, and says what comes until the end.
    pub(crate) async fn rest(self) -> Result<Vec<PublishResponse>, Status> {
        let Self {
            batches,
            mut answers,
        } = self;
        drop(batches);
        let mut rest = Vec::new();
        let all = async {
            while let Some(answer) = answers.message().await? {
                rest.push(answer);
            }
            Ok(())
        };
        let ended = tokio::time::timeout(Duration::from_secs(20), all).await;
        ended
            .expect("the stream did not end in time")
            .map(|()| rest)
    }
}

/// The messages of a watch; waiting for one is bounded.
pub(crate) struct Watch {
    messages: tonic::Streaming<WatchResponse>,
}

impl Watch {
    /// The next message; `None` at the end of the stream.
    pub(crate) async fn message(&mut self) -> Result<Option<WatchResponse>, Status> {
        let message = tokio::time::timeout(Duration::from_secs(20), self.messages.message()).await;
        message.expect("no message came in time")
    }

    /// The next message that is no heartbeat.
    pub(crate) async fn next(&mut self) -> WatchResponse {
        let message = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let message = self.message().await.unwrap().expect("the stream ended");
                if !matches!(message.message, Some(watch_response::Message::Heartbeat(_))) {
                    return message;
                }
            }
        });
        message.await.expect("only heartbeats came")
    }

    /// The next message, which must be a snapshot: its cursor and its executions.
    pub(crate) async fn snapshot(&mut self) -> (String, Vec<Execution>) {
        let response = self.next().await;
        match response.message {
            Some(watch_response::Message::Snapshot(snapshot)) => {
                (response.cursor, snapshot.executions)
            }
            other => panic!("no snapshot: {other:?}"),
        }
    }

    /// The next message, which must be a change: its cursor and the execution after it.
    pub(crate) async fn change(&mut self) -> (String, Execution) {
        let response = self.next().await;
        match response.message {
            Some(watch_response::Message::Change(change)) => {
                (response.cursor, change.execution.unwrap())
            }
            other => panic!("no change: {other:?}"),
        }
    }

    /// The next counters, with their cursor; what else comes is passed over.
    pub(crate) async fn counters(&mut self) -> (String, Counters) {
        loop {
            let response = self.next().await;
            if let Some(watch_response::Message::Counters(counters)) = response.message {
                return (response.cursor, counters);
            }
        }
    }

    /// How the stream ends, whatever comes before; and the last cursor.
    pub(crate) async fn end(mut self) -> (Result<(), Status>, String) {
        let mut cursor = String::new();
        loop {
            match self.message().await {
                Ok(Some(message)) => cursor = message.cursor,
                Ok(None) => return (Ok(()), cursor),
                Err(status) => return (Err(status), cursor),
            }
        }
    }
}
