//! SetErrorGroupState: what the caller says of a group of errors, noted with who and when.

use shadow_auth::Permission;
use shadow_domain::execution::limits;
use shadow_proto::metrics::v1 as proto;
use shadow_query::Invalid;
use shadow_rpc::status;
use shadow_storage::error_group::{Change, put_state};
use tonic::{Request, Status};

use crate::{Metrics, error_group, query};

pub(crate) async fn set_error_group_state(
    metrics: &Metrics,
    request: &Request<proto::SetErrorGroupStateRequest>,
) -> Result<proto::SetErrorGroupStateResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let key = error_group::key(&message.workspace_id, &message.error_group_id, &mut wrong);
    let state = error_group::state(message.state);
    if state.is_none() {
        wrong.push(Invalid::new("state", "must be specified"));
    }
    let note = message.note.as_deref().map(str::trim);
    let note = note.filter(|note| !note.is_empty()).map(str::to_owned);
    let most = limits::NOTE_BYTES;
    if note
        .as_ref()
        .is_some_and(|note| note.len() > most || note.contains('\0'))
    {
        let text = format!("must have at most {most} bytes and no NUL");
        wrong.push(Invalid::new("note", text));
    }
    let (key, state) = key
        .zip(state)
        .filter(|_| wrong.is_empty())
        .ok_or(wrong)
        .map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ManageErrors, &[key.workspace_id])?;
    let subject = shadow_rpc::viewer(request)?.subject.clone();
    let change = put_state(&metrics.database, &scope, &key, state, &subject, note)
        .await
        .map_err(status::from_storage)?;
    match change {
        Change::Done(standing) => Ok(proto::SetErrorGroupStateResponse {
            group: Some(error_group::standing(&standing)),
        }),
        Change::Refused(current) => Err(status::precondition(
            "STATE_TRANSITION",
            format!("the group is {current} and cannot become {state} before it is opened again"),
        )),
    }
}
