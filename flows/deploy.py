"""Deploying the template to a new client, where a server shall do it and not a consultant's laptop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.steps import moment, run_step, services_of_run
from operations.clients.deploy import NewClient, deploy_client
from operations.world.telling import working_texts


@flow(name="deploy", persist_result=False, log_prints=False)
def deploy(
    name: str,
    slug: str,
    head_email: str,
    owner_email: str,
    accountant_email: str,
    manager_emails: list[str] | None = None,
    template: str = "b2b",
    language: str = "ru",
    options: list[str] | None = None,
    shadow: bool = False,  # noqa: FBT001, FBT002  # a parameter in Prefect's form
    as_of: datetime | None = None,
) -> State[Any]:
    """Make a client's files from the template, protect and share them, enter the client into the ledger.

    Args:
        name: as it stands in the files' names.
        slug: the client's short name, a-z, 0-9 and dashes.
        head_email: of the head of sales.
        owner_email: of the owner.
        accountant_email: of the accountant.
        manager_emails: of the managers.
        template: which template.
        language: of tabs and texts.
        options: what the client asks for beyond what everybody has, such as payments.
        shadow: the first month is not paid by the system.
        as_of: the moment to work at, ISO; none = now.
    """
    new = NewClient(
        name=name,
        slug=slug,
        head_email=head_email,
        owner_email=owner_email,
        accountant_email=accountant_email,
        manager_emails=tuple(manager_emails or ()),
        template=template,
        language=language,
        shadow=shadow,
        options=tuple(options or ()),
    )
    with services_of_run() as services:
        deployed = run_step("deploy", slug, lambda: deploy_client(new, moment(as_of), services))
    for remark in deployed.remarks:
        get_run_logger().warning("%s: %s", slug, remark)
    return Completed(message=working_texts()("flow.deployed", client=slug))
