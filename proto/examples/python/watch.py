"""Prints every change of the executions of a workspace.

    export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
    python watch.py WORKSPACE_ID [COUNT]

Stop the server while this runs, and start it again: each change is printed once, also those that happened meanwhile.
With COUNT it ends after so many executions have ended.
"""

import os
import random
import sys
import time

import grpc

from shadow.streaming.v1 import execution_pb2 as executions
from shadow.streaming.v1 import streaming_service_pb2 as streaming
from shadow.streaming.v1 import streaming_service_pb2_grpc

# After these, watching goes on after the last cursor.
RETRYABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
}

# A server that is back is found within seconds, and a connection that is dead is noticed.
OPTIONS = [("grpc.max_reconnect_backoff_ms", 2_000), ("grpc.keepalive_time_ms", 20_000)]


def messages(stub, metadata, request):
    """The messages of a watch, over as many streams as it takes."""
    pause = 0.1
    while True:
        try:
            for message in stub.Watch(request, metadata=metadata):
                pause = 0.1
                if message.cursor:
                    request.cursor = message.cursor
                yield message
            # The server ends the stream when it stops.
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.FAILED_PRECONDITION and request.HasField("cursor"):
                # The server no longer keeps what came after the cursor: begin with a snapshot.
                request.ClearField("cursor")
                continue
            if error.code() not in RETRYABLE:
                raise
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, 5)


def changes(stub, metadata, request):
    """Each change once. One that a snapshot held already may come after it when a stream goes on."""
    # A program that runs for long would forget the oldest of these.
    seen = {}
    for message in messages(stub, metadata, request):
        match message.WhichOneof("message"):
            case "snapshot":
                # It replaces what was known.
                known = message.snapshot.executions
                seen = {execution.identity.execution_id: execution.revision for execution in known}
                print(f"{len(seen)} executions to begin with", flush=True)
            case "change":
                execution = message.change.execution
                if execution.revision > seen.get(execution.identity.execution_id, 0):
                    seen[execution.identity.execution_id] = execution.revision
                    yield execution
            case "lagged":
                print(f"{message.lagged.missed} changes were missed", flush=True)


def main():
    workspace = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else None
    metadata = [("authorization", f"Bearer {os.environ['SHADOW_TOKEN']}")]
    address = os.environ["SHADOW_SERVER"].removeprefix("http://")
    request = streaming.WatchRequest(
        topics=[streaming.TOPIC_EXECUTIONS], workspace_ids=[workspace]
    )

    ended = 0
    with grpc.insecure_channel(address, OPTIONS) as channel:
        stub = streaming_service_pb2_grpc.StreamingServiceStub(channel)
        for execution in changes(stub, metadata, request):
            status = executions.ExecutionStatus.Name(execution.status)
            print(f"{execution.identity.execution_id} {execution.revision} {status}", flush=True)
            ended += execution.HasField("ended_at")
            if count is not None and ended >= count:
                break


if __name__ == "__main__":
    main()
