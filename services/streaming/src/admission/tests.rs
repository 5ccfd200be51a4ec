//! Room is given, kept and given back.

use proptest::prelude::*;

use super::*;

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn admission(total: usize, workspace: usize) -> Admission {
    Admission::new(&Config {
        queued_bytes: total,
        workspace_queued_bytes: workspace,
        ..Config::default()
    })
}

fn full(taken: Result<Room, Full>) -> Option<Full> {
    taken.err()
}

#[test]
fn a_workspace_that_floods_leaves_room_to_others() {
    let admission = admission(100, 25);
    let held = admission.try_take(&HashMap::from([(ONE, 20)])).unwrap();
    let more = HashMap::from([(ONE, 6)]);
    assert_eq!(
        full(admission.try_take(&more)),
        Some(Full::Workspace(ONE)),
        "beyond its own bound"
    );
    let _other = admission.try_take(&HashMap::from([(OTHER, 25)])).unwrap();
    drop(held);
    assert_eq!(full(admission.try_take(&more)), None);
}

#[test]
fn all_together_have_a_bound_too() {
    let admission = admission(30, 25);
    let _one = admission.try_take(&HashMap::from([(ONE, 20)])).unwrap();
    let batch = HashMap::from([(OTHER, 11)]);
    assert_eq!(full(admission.try_take(&batch)), Some(Full::Total));
    assert_eq!(
        full(admission.try_take(&HashMap::from([(OTHER, 10)]))),
        None
    );
}

#[test]
fn a_batch_that_is_larger_than_a_bound_goes_in_alone() {
    let admission = admission(10, 5);
    let large = HashMap::from([(ONE, 50)]);
    let held = admission.try_take(&large).unwrap();
    assert_eq!(full(admission.try_take(&large)), Some(Full::Workspace(ONE)));
    drop(held);
    assert_eq!(full(admission.try_take(&large)), None);
}

#[tokio::test]
async fn who_waits_goes_on_as_soon_as_there_is_room() {
    let admission = admission(10, 10);
    let batch = HashMap::from([(ONE, 10)]);
    let held = admission.try_take(&batch).unwrap();
    let waiting = admission.take_within(&batch, Duration::from_secs(3_600));
    // The one that waits is asked first.
    let (taken, ()) = tokio::join!(biased; waiting, async { drop(held) });
    assert!(taken.is_ok());
}

#[tokio::test]
async fn who_waited_in_vain_is_told_which_bound_it_was() {
    let admission = admission(10, 10);
    let batch = HashMap::from([(ONE, 10)]);
    let _held = admission.try_take(&batch).unwrap();
    let refused = admission.take_within(&batch, Duration::ZERO).await;
    let status = refused.err().unwrap();
    assert_eq!(status.code(), tonic::Code::ResourceExhausted);
    assert!(
        status.message().contains(&ONE.to_string()),
        "{}",
        status.message()
    );
}

proptest! {
    #[test]
    fn what_was_given_back_is_all_there_again(
        batches in prop::collection::vec(
            prop::collection::hash_map((0_u128..4).prop_map(Uuid::from_u128), 1_usize..40, 1..4),
            1..30,
        ),
        keep in 1_usize..8,
    ) {
        let admission = admission(100, 50);
        let mut held = std::collections::VecDeque::new();
        for batch in &batches {
            held.extend(admission.try_take(batch));
            let together: usize = held.iter().flat_map(|room: &Room| room.bytes.values()).sum();
            prop_assert_eq!(admission.shared.held().total, together);
            prop_assert!(together <= 100 || held.len() == 1);
            if held.len() > keep {
                held.pop_front();
            }
        }
        held.clear();
        let held = admission.shared.held();
        prop_assert_eq!((held.total, held.workspaces.len()), (0, 0));
    }
}
