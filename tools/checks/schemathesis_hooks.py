"""Owns who knocks when Schemathesis fuzzes the admin API: a token, got anew when a request has ended it; and what no schema
says, so that requests come further than to the door. Owns no expectation.

The client that knocks is not for the fuzz to change: without it every other answer would be 401.
"""

import copy
import json
import os
import random

import requests
import schemathesis

with open(os.environ.get("LATCHKEY_BOOTSTRAP", ".latchkey/bootstrap.json"), encoding="utf-8") as file:
    STACK = json.load(file)
ADMIN = STACK["admin"]
CONDITIONS = ("If-Match", "If-None-Match", "Idempotency-Key")


def token():
    answer = requests.post(
        f"{STACK['issuer']}/token",
        auth=(ADMIN["client_id"], ADMIN["client_secret"]),
        data={"grant_type": "client_credentials", "resource": STACK["admin_url"]},
        timeout=30,
    )
    return answer.json()["access_token"]


def ask(method, path, **kwargs):
    headers = {"Authorization": f"Bearer {token()}"}
    return requests.request(method, f"{STACK['admin_url']}/admin/v1{path}", headers=headers, timeout=30, **kwargs).json()


def standing_things():
    """What no link leads to in three steps, or may be gone by then: a secret of an API, and what the
    demo left: a consent, a grant, a session."""
    identifier = f"https://standing-{random.randrange(10**9)}.example.com"
    api = ask("POST", "/apis", json={"identifier": identifier, "access_token_signing_alg": "HS256"})
    secret = {"id": api["id"], "kid": api["shared_secret_kid"]}
    sub = next(user["sub"] for user in ask("GET", "/users?limit=200")["items"] if user["username"] == "demo")
    consents = ask("GET", f"/users/{sub}/consents")["items"]
    if not consents:
        raise SystemExit("nobody has allowed anything: run `npm run demo` first")
    consent = {"sub": sub, "client_id": consents[0]["client_id"]}
    grant = {"grant_id": ask("GET", "/grants")["items"][0]["grant_id"]}
    session = {"sid": ask("GET", "/sessions")["items"][0]["sid"]}
    return {
        **{"getSecret": secret, "deleteSecret": secret, "getConsent": consent, "withdrawConsent": consent},
        **{"getGrant": grant, "deleteGrant": grant},
        **{"getSession": session, "deleteSession": session},
    }


STANDING = standing_things()


@schemathesis.auth(refresh_interval=120)
class Token:
    def get(self, case, context):
        return token()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


# With them would go what stands under them, before anybody has come to it.
SPARED = {"deleteUser", "deleteApi", "deleteClient"}
STANDING_IDS = {value for parameters in STANDING.values() for value in parameters.values()}


@schemathesis.hook
def filter_case(context, case):
    named = (case.path_parameters or {}).values()
    if case.operation.definition.raw["operationId"] in SPARED and any(str(each) in STANDING_IDS for each in named):
        return False
    return case.method == "GET" or ADMIN["client_id"] not in named


@schemathesis.hook
def before_call(context, case, kwargs):
    """Of the requests that are right by the schema, half go without a tag or a key that is nobody's, half carry the body
    of the document's example, and some are about what stands."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation, other = case.operation.definition.raw["operationId"], random.randrange(10**9)
    if operation in STANDING and random.random() < 0.9:
        case.path_parameters = dict(STANDING[operation])
    if operation in STANDING or random.random() < 0.5:
        for name in CONDITIONS:
            (case.headers or {}).pop(name, None)
    contents = case.operation.definition.raw.get("requestBody", {}).get("content", {})
    example = contents.get(case.media_type, {}).get("example")
    if example and random.random() < 0.5:
        case.body = copy.deepcopy(example)
    if not isinstance(case.body, dict):
        return
    # Names that belong to whoever came first.
    if operation == "createUser":
        case.body = {**case.body, "username": f"somebody-{other}"}
    if operation == "createApi":
        algorithm = random.choice(("ES256", "HS256"))
        fresh = {"identifier": f"https://api-{other}.example.com", "scopes": [], "access_token_signing_alg": algorithm}
        case.body = {**case.body, **fresh}
