"""Publishes executions one after the other.

    export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
    python publish.py WORKSPACE_ID [COUNT]

Stop the server while this runs, and start it again: it goes on, and nothing is lost or counted twice.
"""

import datetime
import os
import random
import sys
import time
import uuid

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from shadow.streaming.v1 import event_pb2 as events
from shadow.streaming.v1 import execution_pb2 as executions
from shadow.streaming.v1 import streaming_service_pb2 as streaming
from shadow.streaming.v1 import streaming_service_pb2_grpc

# After these, sending the same batch again is right: it changes nothing where the batch was stored.
RETRYABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
}

# A server that is back is found within seconds, not within grpc's two minutes.
OPTIONS = [("grpc.max_reconnect_backoff_ms", 2_000), ("grpc.keepalive_time_ms", 20_000)]


def publish(stub, metadata, batch):
    """Sends a batch until it is answered, with pauses that grow."""
    request = streaming.PublishBatchRequest(events=batch)
    pause = 0.1
    while True:
        try:
            return stub.PublishBatch(request, metadata=metadata, timeout=30)
        except grpc.RpcError as error:
            if error.code() not in RETRYABLE:
                raise
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, 5)


def now():
    result = Timestamp()
    result.FromDatetime(datetime.datetime.now(datetime.timezone.utc))
    return result


def event(workspace, at, **what):
    return events.Event(event_id=str(uuid.uuid4()), workspace_id=workspace, occurred_at=at, **what)


def main():
    workspace = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    metadata = [("authorization", f"Bearer {os.environ['SHADOW_TOKEN']}")]
    address = os.environ["SHADOW_SERVER"].removeprefix("http://")

    with grpc.insecure_channel(address, OPTIONS) as channel:
        stub = streaming_service_pb2_grpc.StreamingServiceStub(channel)
        for _ in range(count):
            # The same on every event of an execution.
            identity = executions.ExecutionIdentity(
                execution_id=str(uuid.uuid4()),
                opened_at=now(),
                agent_id="example",
                trigger=executions.TRIGGER_API,
            )
            opened = events.ExecutionOpened(identity=identity)
            started = events.ExecutionStarted(identity=identity)
            began = time.monotonic()
            batch = [
                event(workspace, identity.opened_at, execution_opened=opened),
                event(workspace, now(), execution_started=started),
            ]
            publish(stub, metadata, batch)
            time.sleep(0.1)
            # What is not known is left out; it is never zero.
            end = executions.ExecutionEnd(
                outcome=executions.OUTCOME_COMPLETED,
                model="meridian-pro-3",
                input_tokens=1_200,
                output_tokens=340,
            )
            end.duration.FromMicroseconds(round((time.monotonic() - began) * 1e6))
            ended = events.ExecutionEnded(identity=identity, end=end)
            answer = publish(stub, metadata, [event(workspace, now(), execution_ended=ended)])
            for refusal in answer.refusals:
                print(f"{identity.execution_id} was refused: {refusal.field}: {refusal.description}")
            if not answer.refusals:
                print(f"{identity.execution_id} is stored", flush=True)


if __name__ == "__main__":
    main()
