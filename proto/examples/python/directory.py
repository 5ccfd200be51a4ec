"""Says what else a platform knows of a workspace: what people call it and what is in it, a plan, a subscription and credits.

    export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
    python directory.py WORKSPACE_ID
    python directory.py WORKSPACE_ID --erase USER_ID

Each of these says what something is from a time on: the latest counts, whichever comes first. With --erase the person is
erased in every workspace, which cannot be taken back; it needs the permission administer in all of them.
"""

import argparse
import os

import grpc

from publish import OPTIONS, event, now, publish
from shadow.common.v1 import common_pb2 as common
from shadow.streaming.v1 import credit_pb2 as credits
from shadow.streaming.v1 import directory_pb2 as directory
from shadow.streaming.v1 import streaming_service_pb2_grpc
from shadow.streaming.v1 import subscription_pb2 as subscriptions


def dollars(amount):
    """Money is in millionths, and never a fraction."""
    return common.Money(currency="USD", micros=amount * 1_000_000)


def known():
    """One of each, by the field of the event that carries it."""
    terms = subscriptions.SubscriptionTerms(
        plan_id="team",
        price=dollars(49),
        interval=subscriptions.BILLING_INTERVAL_MONTH,
        interval_count=1,
        quantity=10,
    )
    return {
        "workspace_changed": directory.WorkspaceChanged(name="My agents", zone="Asia/Kolkata"),
        "agent_changed": directory.AgentChanged(agent_id="example", name="Example agent"),
        # A name and an address that this workspace knows. It gives no role: that is membership_changed.
        "user_changed": directory.UserChanged(
            user_id="u-1", name="Ada Lovelace", email="ada@example.com"
        ),
        "plan_changed": directory.PlanChanged(
            plan_id=terms.plan_id,
            name="Team",
            price=terms.price,
            interval=terms.interval,
            interval_count=1,
        ),
        "subscription_changed": subscriptions.SubscriptionChanged(
            subscription_id="s-1",
            change=subscriptions.SUBSCRIPTION_CHANGE_STARTED,
            terms=terms,
        ),
        # What executions consume comes from executions.
        "credit_entry": credits.CreditEntry(
            kind=credits.CREDIT_KIND_PURCHASE, amount_micro=500_000_000, price=dollars(50)
        ),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace")
    parser.add_argument("--erase", metavar="USER_ID")
    arguments = parser.parse_args()
    metadata = [("authorization", f"Bearer {os.environ['SHADOW_TOKEN']}")]
    address = os.environ["SHADOW_SERVER"].removeprefix("http://")

    if arguments.erase:
        said = {"user_erased": directory.UserErased(user_id=arguments.erase)}
    else:
        said = known()
    batch = [event(arguments.workspace, now(), **{field: what}) for field, what in said.items()]
    with grpc.insecure_channel(address, OPTIONS) as channel:
        stub = streaming_service_pb2_grpc.StreamingServiceStub(channel)
        answer = publish(stub, metadata, batch)
    refused = {refusal.index: refusal for refusal in answer.refusals}
    for index, field in enumerate(said):
        if index in refused:
            refusal = refused[index]
            print(f"{field} was refused: {refusal.field}: {refusal.description}")
        else:
            print(f"{field} is stored")
    return len(refused)


if __name__ == "__main__":
    raise SystemExit(main())
