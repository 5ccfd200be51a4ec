//! The server over real sockets: health, reflection, revocation, and how it stops.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::*;
use chrono::Utc;
use futures_util::StreamExt;
use shadow_proto::metrics::v1::GetViewerRequest;
use shadow_proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use shadow_proto::streaming::v1::WatchRequest;
use shadow_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use shadow_rpc::{Members, ServeError, Server};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    readiness: Readiness,
    shutdown: Shutdown,
    serving: JoinHandle<Result<(), ServeError>>,
}

async fn serve(people: &People, drain: Duration) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (readiness, shutdown) = (Readiness::new(), Shutdown::new());
    let server = Server::new(gate(people)).add(metrics()).add(streaming());
    let serving = tokio::spawn(server.serve(listener, readiness.clone(), shutdown.clone(), drain));
    Running {
        address,
        readiness,
        shutdown,
        serving,
    }
}

impl Running {
    async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address))
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    /// Waits until health says this of a service.
    async fn until(&self, service: &str, expected: ServingStatus) {
        let mut client = HealthClient::new(self.channel().await);
        let said = async {
            let request = HealthCheckRequest {
                service: service.to_owned(),
            };
            let mut statuses = client.watch(request).await.unwrap().into_inner();
            while statuses.next().await.unwrap().unwrap().status != expected as i32 {}
        };
        timeout(PATIENCE, said).await.unwrap();
    }
}

fn with_token<T>(message: T, subject: &str) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    let header = format!("Bearer {}", token(&claims(subject)));
    request
        .metadata_mut()
        .insert("authorization", header.parse().unwrap());
    request
}

#[tokio::test]
async fn health_follows_readiness_for_each_service() {
    let running = serve(&People::default(), Duration::from_secs(5)).await;
    let services = [
        "",
        "shadow.metrics.v1.MetricsService",
        "shadow.streaming.v1.StreamingService",
    ];
    for service in services {
        running.until(service, ServingStatus::Serving).await;
    }
    let database = running.readiness.part("database");
    for service in services {
        running.until(service, ServingStatus::NotServing).await;
    }
    database.set(true);
    running.until("", ServingStatus::Serving).await;
    running.shutdown.request();
    timeout(PATIENCE, running.serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let running = serve(&People::default(), Duration::from_secs(5)).await;
    let mut client = ServerReflectionClient::new(running.channel().await);
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = client
        .server_reflection_info(futures_util::stream::iter([question]))
        .await
        .unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<&str> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for expected in [
        "grpc.health.v1.Health",
        "shadow.metrics.v1.MetricsService",
        "shadow.streaming.v1.StreamingService",
    ] {
        assert!(names.contains(&expected), "{names:?}");
    }
}

#[tokio::test]
async fn a_call_over_the_network_is_authenticated() {
    let running = serve(&People::of_every_role(), Duration::from_secs(5)).await;
    let mut client = MetricsServiceClient::new(running.channel().await);
    let refused = client.get_viewer(GetViewerRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let viewer = client
        .get_viewer(with_token(GetViewerRequest {}, "admin"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(viewer.subject, "admin");
}

#[tokio::test]
async fn stopping_waits_for_no_prober_and_no_longer_than_its_deadline() {
    let drain = Duration::from_millis(500);
    let running = serve(&People::of_every_role(), drain).await;
    // A health watch, a stream that never ends, and a peer that says nothing at all.
    let mut health = HealthClient::new(running.channel().await);
    let mut statuses = health
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    let first = statuses.next().await.unwrap().unwrap();
    let mut streaming = StreamingServiceClient::new(running.channel().await);
    let endless = WatchRequest {
        cursor: Some("never".to_owned()),
        ..WatchRequest::default()
    };
    let mut stream = streaming
        .watch(with_token(endless, "engineer"))
        .await
        .unwrap()
        .into_inner();
    stream.next().await.unwrap().unwrap();
    let _silent = TcpStream::connect(running.address).await.unwrap();

    let began = Instant::now();
    running.shutdown.request();
    let said = async {
        let mut last = Ok(first);
        while let Some(status) = statuses.next().await {
            last = status;
        }
        last
    };
    let last = timeout(PATIENCE, said).await.unwrap();
    let stopping = last.is_err_and(|status| status.code() == Code::Unavailable);
    assert!(stopping, "a health watch ends with the server");
    timeout(PATIENCE, running.serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(began.elapsed() >= drain && began.elapsed() < drain + Duration::from_secs(5));
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nothing listens any more"
    );
}

#[tokio::test]
async fn a_server_without_work_stops_at_once() {
    let running = serve(&People::of_every_role(), Duration::from_secs(600)).await;
    let mut client = MetricsServiceClient::new(running.channel().await);
    client
        .get_viewer(with_token(GetViewerRequest {}, "admin"))
        .await
        .unwrap();
    running.shutdown.request();
    timeout(PATIENCE, running.serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

/// The caller of a watch, as its service sees it; the gate remembers nothing of the directory.
async fn caller_of(people: &People, bearer: &str) -> shadow_rpc::Caller {
    let gate = shadow_rpc::Gate {
        members: Members::remembering(people.clone(), Duration::ZERO),
        ..gate(people)
    };
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = std::sync::Arc::new(std::sync::Mutex::new(Some(sender)));
    let capture = tower::util::service_fn(move |request: http::Request<axum::body::Body>| {
        let caller = request.extensions().get::<shadow_rpc::Caller>().cloned();
        sender
            .lock()
            .unwrap()
            .take()
            .unwrap()
            .send(caller.unwrap())
            .unwrap();
        async {
            Ok::<_, std::convert::Infallible>(
                tonic::Status::ok("").into_http::<tonic::body::Body>(),
            )
        }
    });
    let routes = tonic::service::Routes::from(axum::Router::new().fallback_service(capture));
    let service = gate.guard(routes, &Shutdown::new());
    call(
        &service,
        request(WATCH, Some(bearer), &WatchRequest::default()),
    )
    .await;
    receiver.await.unwrap()
}

#[tokio::test]
async fn a_long_stream_learns_of_expiry_and_revocation() {
    let people = People::of_every_role();
    let caller = caller_of(&people, &token(&claims("member"))).await;
    let now = Utc::now();
    assert_eq!(caller.again(now).await.unwrap().subject, "member");
    let expired = caller.again(caller.expires_at()).await.unwrap_err();
    assert_eq!(expired.code(), Code::Unauthenticated);
    people.put("member", None, [(ONE, shadow_auth::Role::Viewer)].into());
    assert_eq!(
        caller.again(now).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    people.away.store(true, Ordering::SeqCst);
    assert_eq!(
        caller.again(now).await.unwrap_err().code(),
        Code::Unavailable
    );
}

#[tokio::test]
async fn a_long_stream_learns_of_the_end_of_its_key() {
    let people = People::default();
    let watch = [shadow_auth::Permission::WatchEvents];
    let key = people.put_key(ONE, watch, shadow_auth::Workspaces::All);
    let caller = caller_of(&people, &key).await;
    let now = Utc::now();
    let subject = caller.again(now).await.unwrap().subject.clone();
    assert_eq!(subject, format!("key:{ONE}"));
    let ended = caller.again(caller.expires_at()).await.unwrap_err();
    people.keys.lock().unwrap().clear();
    let revoked = caller.again(now).await.unwrap_err();
    for status in [ended, revoked] {
        let reason = tonic_types::StatusExt::get_details_error_info(&status)
            .unwrap()
            .reason;
        assert_eq!(
            (status.code(), reason.as_str()),
            (Code::Unauthenticated, "SERVICE_KEY_INVALID")
        );
    }
}
