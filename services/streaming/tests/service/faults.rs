//! What goes wrong with the database, and how callers and the service come through it: nothing is restarted but what broke.

use std::time::Duration;

use shadow_local::{Options, Servers};
use shadow_proto::streaming::v1::{EventStatus, PublishBatchResponse, RefusalReason};
use shadow_storage::feed;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{Client, ENGINEER, Run, Stack};

const ONE: Uuid = Uuid::from_u128(0xf1);
const OTHER: Uuid = Uuid::from_u128(0xf2);
const THIRD: Uuid = Uuid::from_u128(0xf3);

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever comes back when it is told to comes at most so long after the database's return, and needs nothing else.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// What the database is away with is no fault of the caller, who is told when to come back.
fn is_away(status: &Status) {
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let retry = status
        .get_details_retry_info()
        .expect("no time to come back");
    assert!(retry.retry_delay.expect("no delay") <= LONGEST_RETRY);
}

fn statuses(response: &PublishBatchResponse) -> Vec<EventStatus> {
    response.statuses().collect()
}

/// Publishes as a program does: again, after the pause that it is told, while the service says that it is away.
async fn until_stored(client: &Client, run: &Run) -> EventStatus {
    let attempts = async {
        loop {
            match client.publish(vec![run.opened()]).await {
                Ok(response) => return statuses(&response)[0],
                Err(status) => {
                    is_away(&status);
                    let retry = status.get_details_retry_info().unwrap();
                    tokio::time::sleep(retry.retry_delay.unwrap()).await;
                }
            }
        }
    };
    let stored = tokio::time::timeout(PATIENCE, attempts).await;
    stored.expect("nothing was stored in time")
}

async fn stored(stack: &Stack) -> usize {
    let scope = shadow_auth::Scope::system("a test");
    let (_, stored) = feed::snapshot(&stack.db, &scope, &feed::Filter::default(), 1_000)
        .await
        .unwrap();
    stored.len()
}

/// Ends every connection of the service, whatever it does.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'shadow_%'";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stops_and_comes_back_needs_no_restart_of_ours() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let options = || Options {
        redis: false,
        ..Options::default()
    };
    let start = || {
        let path = folder.path().to_owned();
        tokio::task::spawn_blocking(move || Servers::start(&path, &options()).unwrap())
    };
    let servers = start().await.unwrap();
    let url = servers.create_database("shadow").await.unwrap();
    let stack = Stack::start_at(url).await;
    let client = stack.client(ENGINEER).await;
    let mut stream = client.stream().await.unwrap();
    let [first, second, third] = [1, 2, 3].map(|name| Run::new(ONE, name));
    assert_eq!(until_stored(&client, &first).await, EventStatus::Accepted);

    tokio::task::spawn_blocking(move || servers.stop().unwrap())
        .await
        .unwrap();
    is_away(&client.publish(vec![second.opened()]).await.unwrap_err());
    // On a stream it is the batch that fails, and the stream outlives the outage.
    stream.send(1, vec![third.opened()]).await;
    let failure = stream.answer_for(1).await.failure.unwrap();
    assert_eq!(failure.code, i32::from(Code::Unavailable), "{failure:?}");
    assert!(failure.retry_delay.is_some());

    let servers = start().await.unwrap();
    assert_eq!(until_stored(&client, &second).await, EventStatus::Accepted);
    stream.send(2, vec![third.opened()]).await;
    assert_eq!(stream.answer_for(2).await.failure, None);
    assert_eq!(until_stored(&client, &first).await, EventStatus::Repeated);
    assert_eq!(stored(&stack).await, 3);
    drop(stream);
    stack.end().await;
    tokio::task::spawn_blocking(move || servers.stop().unwrap())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_replaced() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = |name| Run::new(ONE, name);
    assert_eq!(until_stored(&client, &run(1)).await, EventStatus::Accepted);
    stack.execute(TERMINATE).await;
    assert_eq!(until_stored(&client, &run(2)).await, EventStatus::Accepted);

    // In the middle of a transaction: it is tried again, and the caller hears of nothing.
    let block = stack.block().await;
    let publish = client.publish(vec![run(3).opened()]);
    let cut = async {
        block.reached().await;
        stack.execute(TERMINATE).await;
        block.reached().await;
        block.release().await;
    };
    let (published, ()) = tokio::join!(publish, cut);
    assert_eq!(statuses(&published.unwrap()), [EventStatus::Accepted]);
    assert_eq!(stored(&stack).await, 3);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_stuck_is_given_up_and_may_be_sent_again() {
    let stack = Stack::start_limited(Duration::from_secs(1)).await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(ONE, 1);
    let block = stack.block().await;
    is_away(&client.publish(vec![run.opened()]).await.unwrap_err());
    block.release().await;
    assert_eq!(until_stored(&client, &run).await, EventStatus::Accepted);
    assert_eq!(stored(&stack).await, 1);
    stack.stop().await;
}

/// The disk is not full: a trigger says what PostgreSQL says then, in the words and with the code that it has for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_no_fault_of_the_events() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    stack
        .execute(
            r#"
            CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION 'could not extend file "base/16384/2619": No space left on device'
                USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON analytics.feed
              FOR EACH STATEMENT EXECUTE FUNCTION public.full_disk();
            "#,
        )
        .await;
    let mixed = || vec![Run::new(ONE, 1).opened(), Run::new(OTHER, 2).opened()];
    is_away(&client.publish(mixed()).await.unwrap_err());
    assert_eq!(stored(&stack).await, 0);
    let space = "DROP TRIGGER full_disk ON analytics.feed";
    stack.execute(space).await;
    let answer = client.publish(mixed()).await.unwrap();
    assert_eq!(statuses(&answer), [EventStatus::Accepted; 2]);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_database_refuses_fails_its_own_workspace_only() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let refuse = format!(
        "ALTER TABLE analytics.execution ADD CONSTRAINT refused CHECK (workspace_id <> '{OTHER}')"
    );
    stack.execute(&refuse).await;
    let runs = [(ONE, 1), (OTHER, 2), (THIRD, 3), (OTHER, 4), (ONE, 5)]
        .map(|(workspace, name)| Run::new(workspace, name));
    let events = || runs.iter().map(Run::opened).collect::<Vec<_>>();
    let answer = client.publish(events()).await.unwrap();
    use EventStatus::{Accepted, Refused};
    assert_eq!(
        statuses(&answer),
        [Accepted, Refused, Accepted, Refused, Accepted]
    );
    let refused: Vec<_> = answer
        .refusals
        .iter()
        .map(|refusal| (refusal.index, refusal.reason(), refusal.field.as_str()))
        .collect();
    let reason = RefusalReason::Unstorable;
    assert_eq!(refused, [(1, reason, ""), (3, reason, "")]);
    // What the database said is in the log alone.
    assert!(!format!("{answer:?}").contains("constraint"), "{answer:?}");
    assert_eq!(stored(&stack).await, 3);

    // Where all that there is is refused, it may not be the events: they are kept by whoever sends them.
    let alone = client.publish(vec![runs[1].opened()]).await.unwrap_err();
    assert_eq!(alone.code(), Code::Internal, "{alone}");
    stack
        .execute("ALTER TABLE analytics.execution DROP CONSTRAINT refused")
        .await;
    let again = client.publish(events()).await.unwrap();
    use EventStatus::Repeated;
    assert_eq!(
        statuses(&again),
        [Repeated, Accepted, Repeated, Accepted, Repeated]
    );
    stack.stop().await;
}
