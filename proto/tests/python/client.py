"""Publishes, queries and watches through stubs that were generated from proto/, and checks the answers.

    client.py --address HOST:PORT --token TOKEN --key KEY --workspace UUID

The token needs publish_events, watch_events, view_analytics and manage_errors. The service key, with which an internal service would
publish, has publish_events in the workspace and nothing else. Every run has an agent of its own, so it can be repeated
against the same server.
"""

import argparse
import datetime
import uuid

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from shadow.common.v1 import common_pb2 as common
from shadow.metrics.v1 import agents_pb2 as agents
from shadow.metrics.v1 import catalogue_pb2 as catalogue
from shadow.metrics.v1 import compare_pb2 as compare
from shadow.metrics.v1 import credits_pb2 as credits
from shadow.metrics.v1 import data_health_pb2 as data_health
from shadow.metrics.v1 import executive_pb2 as executive
from shadow.metrics.v1 import leaderboard_pb2 as leaderboard
from shadow.metrics.v1 import errors_pb2 as errors
from shadow.metrics.v1 import executions_pb2 as told
from shadow.metrics.v1 import metrics_service_pb2 as metrics
from shadow.metrics.v1 import metrics_service_pb2_grpc
from shadow.metrics.v1 import paths_pb2 as paths
from shadow.metrics.v1 import retention_pb2 as retention
from shadow.metrics.v1 import revenue_pb2 as revenue
from shadow.metrics.v1 import series_pb2 as series
from shadow.metrics.v1 import users_pb2 as users
from shadow.metrics.v1 import workspaces_pb2 as workspaces
from shadow.streaming.v1 import event_pb2 as events
from shadow.streaming.v1 import execution_pb2 as executions
from shadow.streaming.v1 import streaming_service_pb2 as streaming
from shadow.streaming.v1 import streaming_service_pb2_grpc

DEADLINE_SECONDS = 30


def timestamp(at: datetime.datetime) -> Timestamp:
    result = Timestamp()
    result.FromDatetime(at)
    return result


def execution_events(workspace, agent, opened_at, outcome, error_kind=None):
    """The three events of an execution that waited 250 ms and worked for 1.5 s."""
    identity = executions.ExecutionIdentity(
        execution_id=str(uuid.uuid4()),
        opened_at=timestamp(opened_at),
        agent_id=agent,
        agent_version="1.0.0",
        trigger=executions.TRIGGER_USER,
        user_id="python@test",
    )
    started_at = opened_at + datetime.timedelta(milliseconds=250)
    ended_at = started_at + datetime.timedelta(milliseconds=1500)
    end = executions.ExecutionEnd(
        outcome=outcome,
        duration=Duration(seconds=1, nanos=500_000_000),
        model="meridian-pro-3",
        input_tokens=1000,
        output_tokens=200,
        credits_micro=1_800_000,
        error_kind=error_kind,
    )

    def event(at, **what):
        return events.Event(
            event_id=str(uuid.uuid4()), workspace_id=workspace, occurred_at=timestamp(at), **what
        )

    return [
        event(opened_at, execution_opened=events.ExecutionOpened(identity=identity)),
        event(started_at, execution_started=events.ExecutionStarted(identity=identity)),
        event(ended_at, execution_ended=events.ExecutionEnded(identity=identity, end=end)),
    ]


def check_publish(stub, call, batch):
    """Accepted, then repeated; what is wrong is refused by its index and field."""
    wrong = events.Event()
    wrong.CopyFrom(batch[-1])
    wrong.execution_ended.identity.execution_id = str(uuid.UUID(int=0))
    answer = stub.PublishBatch(streaming.PublishBatchRequest(events=[*batch, wrong]), **call)
    accepted = [streaming.EVENT_STATUS_ACCEPTED] * len(batch)
    assert list(answer.statuses) == [*accepted, streaming.EVENT_STATUS_REFUSED], answer
    (refusal,) = answer.refusals
    assert refusal.index == len(batch), refusal
    assert refusal.event_id == wrong.event_id, refusal
    assert refusal.field.endswith("execution_id"), refusal
    assert refusal.reason == streaming.REFUSAL_REASON_MISSING, refusal

    again = stub.PublishBatch(streaming.PublishBatchRequest(events=batch), **call)
    assert list(again.statuses) == [streaming.EVENT_STATUS_REPEATED] * len(batch), again
    assert not again.refusals, again


def check_stream(stub, call, batch):
    """Batches of one stream are answered one by one; one that is too large fails, and the stream goes on."""
    batches = {7: batch, 8: batch * 1_000, 9: batch}
    requests = (
        streaming.PublishRequest(sequence=sequence, events=sent) for sequence, sent in batches.items()
    )
    answers = {answer.sequence: answer for answer in stub.Publish(requests, **call)}
    assert answers.keys() == batches.keys(), answers
    for sequence in (7, 9):
        assert list(answers[sequence].statuses) == [streaming.EVENT_STATUS_REPEATED] * len(batch), answers
        assert not answers[sequence].HasField("failure"), answers
    failure = answers[8].failure
    assert failure.code == grpc.StatusCode.INVALID_ARGUMENT.value[0], failure
    assert "5000" in failure.message, failure
    assert not answers[8].statuses, answers


def check_query(stub, call, workspace, agent, opened_at):
    """What was acknowledged is in the next answer, exactly."""
    expected = {
        "executions": 3,
        "completed": 2,
        "failed": 1,
        "input_tokens": 3000,
        "output_tokens": 600,
        "credits": 5_400_000,
        "active_users": 1,
        "success_rate": 2 / 3,
        "duration_min": 1_500_000,
        "duration_p50": 1_500_000,
    }
    day = datetime.timedelta(days=1)
    selection = metrics.Selection(
        id="python",
        metrics=expected,
        granularity=common.GRANULARITY_TOTAL,
        filters=[series.Filter(dimension=catalogue.DIMENSION_AGENT, keys=[agent])],
    )
    request = metrics.QueryRequest(
        selections=[selection],
        range=common.TimeRange(
            start=timestamp(opened_at - day), end=timestamp(opened_at + day), zone="Asia/Kolkata"
        ),
        workspace_ids=[workspace],
    )
    (result,) = stub.Query(request, **call).results
    assert result.id == "python", result
    assert result.provenance.definition_version > 0, result
    (group,) = result.groups
    for one, (metric, value) in zip(group.series, expected.items(), strict=True):
        assert one.metric == metric, one
        number = getattr(one.total, one.total.WhichOneof("number"))
        assert abs(number - value) < 1e-9, f"{metric} is {number}, not {value}"


def check_areas(stub, call, workspace, agent, opened_at):
    """What is no function of the catalogue alone has an RPC of its own, and revenue is not for everybody."""
    day = datetime.timedelta(days=1)
    range = common.TimeRange(
        start=timestamp(opened_at - day), end=timestamp(opened_at + day), zone="Asia/Kolkata"
    )

    board = stub.ListAgents(
        agents.ListAgentsRequest(range=range, workspace_ids=[workspace]), **call
    )
    (standing,) = board.agents
    assert (standing.agent_id, standing.rank) == (agent, 1), board
    # Wilson's interval of 2 in 3.
    interval = standing.success_interval
    assert abs(interval.low - 0.2077) < 1e-4 and abs(interval.high - 0.9385) < 1e-4, interval
    described = stub.GetAgent(
        agents.GetAgentRequest(range=range, workspace_id=workspace, agent_id=agent), **call
    )
    assert described.standing.success_interval == interval, described
    assert described.provenance.definition_version > 0, described

    board = stub.ListWorkspaces(workspaces.ListWorkspacesRequest(range=range), **call)
    (ours,) = (one for one in board.workspaces if one.workspace_id == workspace)
    assert ours.standing.health.HasField("score"), ours
    assert board.provenance.definition_version > 0, board
    one = stub.GetWorkspace(
        workspaces.GetWorkspaceRequest(range=range, workspace_id=workspace), **call
    )
    assert one.workspace.standing.health == ours.standing.health, one
    assert one.history[-1].health == ours.standing.health, one
    # An engineer is not told what customers pay.
    assert not one.workspace.standing.HasField("bill"), one

    places = stub.GetLeaderboard(
        leaderboard.GetLeaderboardRequest(
            range=range,
            workspace_ids=[workspace],
            subject=leaderboard.LEADERBOARD_SUBJECT_USER,
            metric="wasted_credits",
        ),
        **call,
    )
    (first,) = places.places
    assert (first.id, first.rank, first.value.integer) == ("python@test", 1, 1_800_000), places

    before = common.TimeRange(start=timestamp(opened_at - 2 * day), end=range.start, zone=range.zone)
    periods = stub.Compare(
        compare.CompareRequest(
            periods=[before, range], of_workspace_ids=[workspace], metrics=["executions"]
        ),
        **call,
    )
    (executions_,) = periods.metrics
    assert [value.value.integer for value in executions_.values] == [0, 3], periods
    assert executions_.values[1].difference == 3, periods

    account = stub.GetCredits(
        credits.GetCreditsRequest(range=range, workspace_ids=[workspace]), **call
    )
    assert account.account.consumed_micro == 5_400_000, account
    assert account.closing_micro == account.opening_micro - 5_400_000, account
    assert account.wasted_micro == 1_800_000, account

    health = stub.GetDataHealth(
        data_health.GetDataHealthRequest(workspace_ids=[workspace], days=30), **call
    )
    assert health.freshness.HasField("last_event_time"), health
    assert len(health.identities) == 10 and not health.broken_identities, health
    try:
        stub.GetDataHealth(data_health.GetDataHealthRequest(days=31), **call)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    else:
        raise AssertionError("answered for longer than anything is kept")
    check_errors(stub, call, workspace, agent, range)

    for ask, request in [
        (stub.GetRevenue, revenue.GetRevenueRequest(range=range)),
        (stub.ListMovements, revenue.ListMovementsRequest(range=range)),
        (stub.GetExecutive, executive.GetExecutiveRequest(range=range)),
    ]:
        try:
            ask(request, **call)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error
        else:
            raise AssertionError("told an engineer what customers pay, or what only executives are told")


def check_users(stub, call, workspace, agent, opened_at):
    """Who ran the agent began with it, is listed, and is described by it."""
    day = datetime.timedelta(days=1)
    range = common.TimeRange(
        start=timestamp(opened_at - day), end=timestamp(opened_at + day), zone="Asia/Kolkata"
    )
    asked = {"range": range, "workspace_ids": [workspace]}

    listed = stub.ListUsers(users.ListUsersRequest(contains="PYTHON@", **asked), **call)
    (user,) = listed.users
    assert user.user_id == "python@test" and user.runs >= 3, listed
    assert listed.matching_users == 1 and not listed.next_page_token, listed

    described = stub.GetUser(users.GetUserRequest(user_id=user.user_id, **asked), **call)
    (ran,) = [one for one in described.agents if one.agent_id == agent]
    assert (ran.runs, ran.completed, ran.failed) == (3, 2, 1), described
    assert abs(ran.success_rate - 2 / 3) < 1e-9, described
    assert described.provenance.definition_version > 0, described
    try:
        stub.GetUser(users.GetUserRequest(user_id=str(uuid.uuid4()), **asked), **call)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
    else:
        raise AssertionError("described a user whom nobody knows")

    kept = stub.GetRetention(
        retention.GetRetentionRequest(
            mode=retention.RETENTION_MODE_EXACT,
            interval=common.GRANULARITY_DAY,
            start=retention.COHORT_START_RUN,
            agent_id=agent,
            **asked,
        ),
        **call,
    )
    assert sum(cohort.users for cohort in kept.cohorts) == 1, kept
    assert sum(kept.active_days) >= 1, kept

    visits = stub.GetPaths(paths.GetPathsRequest(**asked), **call)
    assert visits.active_users >= 1, visits
    assert visits.sessions.bounces <= visits.sessions.sessions, visits


def check_errors(stub, call, workspace, agent, range):
    """The run that failed is a group of its own, and what is said of it stays."""
    board = stub.ListErrorGroups(
        errors.ListErrorGroupsRequest(range=range, workspace_ids=[workspace], agent_ids=[agent]),
        **call,
    )
    (group,) = board.groups
    assert group.kind == "tool_error", group
    assert (group.impact.occurrences, group.impact.credits_lost_micro) == (1, 1_800_000), group
    assert sum(bucket.occurrences for bucket in board.timeline) == 1, board

    named = {"workspace_id": workspace, "error_group_id": group.error_group_id}
    resolved = errors.ERROR_GROUP_STATE_RESOLVED
    for _ in ("said", "said again"):
        said = stub.SetErrorGroupState(
            errors.SetErrorGroupStateRequest(state=resolved, note="mended", **named), **call
        )
        assert (said.group.state, said.group.latest_change.note) == (resolved, "mended"), said
    described = stub.GetErrorGroup(errors.GetErrorGroupRequest(range=range, **named), **call)
    assert described.can_set_state and not described.group.regressed, described
    assert described.changes[0].state == resolved, described
    assert agent in {version.agent_id for version in described.versions}, described


def check_executions(stub, call, workspace, agent, opened_at):
    """Executions are listed a page at a time, told one by one, and counted by the minute; what is not there is not found."""
    day = datetime.timedelta(days=1)
    range = common.TimeRange(start=timestamp(opened_at - day), end=timestamp(opened_at + day))
    question = told.ListExecutionsRequest(
        range=range, workspace_ids=[workspace], agent_id=agent, page_size=2
    )
    first = stub.ListExecutions(question, **call)
    question.page_token = first.next_page_token
    second = stub.ListExecutions(question, **call)
    assert (len(first.executions), len(second.executions)) == (2, 1), (first, second)
    assert first.next_page_token and not second.next_page_token, (first, second)
    assert first.provenance.definition_version > 0, first
    question = told.ListExecutionsRequest(
        range=range,
        workspace_ids=[workspace],
        agent_id=agent,
        statuses=[executions.EXECUTION_STATUS_FAILED],
    )
    (failed,) = stub.ListExecutions(question, **call).executions

    one = told.GetExecutionRequest(
        workspace_id=workspace, execution_id=failed.identity.execution_id
    )
    whole = stub.GetExecution(one, **call)
    assert whole.execution == failed, (whole, failed)
    assert whole.all_steps == len(whole.steps) and not whole.HasField("staleness"), whole
    one.execution_id = str(uuid.uuid4())
    try:
        stub.GetExecution(one, **call)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
    else:
        raise AssertionError("told of an execution that is not there")

    flow = stub.GetThroughput(
        told.GetThroughputRequest(
            range=range, workspace_ids=[workspace], granularity=common.GRANULARITY_HOUR
        ),
        **call,
    )
    assert flow.opened >= 3 and flow.ended >= 3 and flow.peak_opened.count >= 1, flow
    assert sum(bucket.opened for bucket in flow.buckets) == flow.opened, flow
    assert len(flow.hours) == 168, flow
    waiting = stub.ListOpenExecutions(
        told.ListOpenExecutionsRequest(workspace_ids=[workspace]), **call
    )
    assert waiting.open_executions >= len(waiting.executions), waiting
    assert all(one.staleness.limit.seconds > 0 for one in waiting.executions), waiting


def watch(stub, call, workspace, agent, cursor=None):
    filter = streaming.ExecutionFilter(agent_ids=[agent])
    return stub.Watch(
        streaming.WatchRequest(
            topics=[streaming.TOPIC_EXECUTIONS],
            workspace_ids=[workspace],
            execution_filter=filter,
            cursor=cursor,
        ),
        **call,
    )


def changes(stream, count):
    """The next changes, with their cursors."""
    found = []
    while len(found) < count:
        message = next(stream)
        if message.WhichOneof("message") == "change":
            found.append((message.cursor, message.change.execution))
    return found


def check_watch(stub, call, stream, workspace, agent, batch):
    """What was published arrives once and in order, and a watch can go on where another stopped."""
    ids = {event.execution_ended.identity.execution_id for event in batch} - {""}
    last = {}
    seen = []
    while {id for id, at in last.items() if at.HasField("ended_at")} != ids:
        ((cursor, execution),) = changes(stream, 1)
        id = execution.identity.execution_id
        assert id in ids, execution
        assert execution.revision > (last[id].revision if id in last else 0), execution
        last[id] = execution
        seen.append((cursor, id, execution.revision))
    statuses = sorted(execution.status for execution in last.values())
    completed, failed = executions.EXECUTION_STATUS_COMPLETED, executions.EXECUTION_STATUS_FAILED
    assert statuses == [completed, completed, failed], statuses
    stream.cancel()

    resumed = watch(stub, call, workspace, agent, cursor=seen[0][0])
    rest = [
        (cursor, execution.identity.execution_id, execution.revision)
        for cursor, execution in changes(resumed, len(seen) - 1)
    ]
    assert rest == seen[1:], (rest, seen)
    resumed.cancel()


def check_key(questions, publisher, key, batch):
    """A service key may do what it names, where it names it, and nothing else."""
    elsewhere = events.Event()
    elsewhere.CopyFrom(batch[0])
    elsewhere.workspace_id = str(uuid.uuid4())
    answer = publisher.PublishBatch(streaming.PublishBatchRequest(events=[elsewhere]), **key)
    (refusal,) = answer.refusals
    assert refusal.reason == streaming.REFUSAL_REASON_NOT_PERMITTED, refusal
    try:
        questions.Query(metrics.QueryRequest(), **key)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error
    else:
        raise AssertionError("a key did what it does not name")


def check_refusals(stub):
    """Without a token, and with a token or a key that nobody made, there is no answer."""
    made_up = f"shk_{uuid.uuid4().hex}_{uuid.uuid4().hex}{uuid.uuid4().hex}"
    for metadata in [[], *([("authorization", f"Bearer {text}")] for text in ("nonsense", made_up))]:
        try:
            stub.GetViewer(metrics.GetViewerRequest(), metadata=metadata, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
        else:
            raise AssertionError("answered a caller whom nobody knows")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--workspace", required=True)
    arguments = parser.parse_args()
    call, key = (
        {
            "metadata": [("authorization", f"Bearer {bearer}")],
            "timeout": DEADLINE_SECONDS,
            "wait_for_ready": True,
        }
        for bearer in (arguments.token, arguments.key)
    )
    agent = f"python-{uuid.uuid4()}"
    opened_at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    batch = [
        *execution_events(arguments.workspace, agent, opened_at, executions.OUTCOME_COMPLETED),
        *execution_events(arguments.workspace, agent, opened_at, executions.OUTCOME_COMPLETED),
        *execution_events(
            arguments.workspace, agent, opened_at, executions.OUTCOME_FAILED, "tool_error"
        ),
    ]

    with grpc.insecure_channel(arguments.address) as channel:
        publisher = streaming_service_pb2_grpc.StreamingServiceStub(channel)
        questions = metrics_service_pb2_grpc.MetricsServiceStub(channel)

        described = questions.DescribeCatalogue(metrics.DescribeCatalogueRequest(), **call)
        assert "success_rate" in {metric.id for metric in described.metrics}, described

        stream = watch(publisher, call, arguments.workspace, agent)
        assert next(stream).WhichOneof("message") == "heartbeat"
        first = next(stream)
        assert first.WhichOneof("message") == "snapshot", first
        assert not first.snapshot.executions, first

        check_publish(publisher, key, batch)
        check_stream(publisher, call, batch)
        check_query(questions, call, arguments.workspace, agent, opened_at)
        check_areas(questions, call, arguments.workspace, agent, opened_at)
        check_users(questions, call, arguments.workspace, agent, opened_at)
        check_executions(questions, call, arguments.workspace, agent, opened_at)
        check_watch(publisher, call, stream, arguments.workspace, agent, batch)
        check_key(questions, publisher, key, batch)
        check_refusals(questions)
    print("python: published, streamed, queried and watched")


if __name__ == "__main__":
    main()
