"""One week of a shop, told in the schema of each tool: what the files beside this one hold.

`python tests/sources/presets/story.py` writes them anew; a test holds them against the story. All
tools must come to the same counts, which are worked out in `test_presets.py`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BEGIN = datetime(2026, 10, 5, 8, tzinfo=UTC)
ARMS = ("control", "sticky")
URL = "https://shop.example/p/7?ref=a&q=%C3%A9"
Row = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """What happened. kind: view, seen, cart, checkout, order; seen tells experiment and arm."""

    visitor: str | None
    at: datetime
    kind: str
    device: str = "mobile"
    experiment: str | None = None
    arm: str | None = None
    user: str | None = None

    @property
    def id(self) -> str:
        """The same for an event that is delivered twice."""
        return f"{self.visitor}-{self.kind}-{self.experiment}-{self.arm}-{self.at:%d%H%M%S}"


def story() -> Iterator[Event]:
    """Forty visitors, and some of those of whom every log has a few."""
    for at in range(40):
        visitor, begin = f"v{at:02}", BEGIN + timedelta(minutes=37 * at)
        device = "desktop" if at % 4 == 3 else "mobile"

        event = partial(_later, visitor, begin, device)
        yield event("view", -60)
        yield event("seen", 0, "buttons", ARMS[at % 2])
        if at % 5 == 0:
            yield event("seen", 5, "colours", "blue")
        if at % 3 == 0 or at % 10 == 1:
            yield event("cart", 90)
            yield event("cart", 90)  # delivered twice
            if at % 4 < 2:
                yield event("checkout", 200)
                if at % 8 < 2:
                    yield event("order", 300)
    yield from _others()


def _later(
    visitor: str, begin: datetime, device: str, kind: str, seconds: int, *told: str
) -> Event:
    return Event(visitor, begin + timedelta(seconds=seconds), kind, device, *told)


def _others() -> Iterator[Event]:
    def event(visitor: str | None, kind: str, hours: float, *told: str | None) -> Event:
        return Event(visitor, BEGIN + timedelta(hours=hours), kind, "mobile", *told)

    for arm in ARMS:
        yield event("crossed", "seen", 1, "buttons", arm)
    yield event("unexposed", "order", 2)
    yield event("elsewhere", "seen", 2, "colours", "blue")
    yield event(None, "cart", 3)
    yield event("phone", "seen", 4, "buttons", "control", "ann")
    yield event("phone", "cart", 4.5, None, None, "ann")
    yield event("laptop", "seen", 5, "buttons", "control", "ann")
    yield event("laptop", "order", 5.5, None, None, "ann")
    yield event("late", "view", 24 * 20)


PATH = {"view": "page_view", "cart": "add_to_cart", "checkout": "begin_checkout"}


def _names(*names: str) -> dict[str, str]:
    """What a tool calls the kinds of events."""
    return dict(zip(("view", "seen", "cart", "checkout", "order"), names, strict=True))


def ga4(event: Event) -> Row:
    """As BigQuery writes JSON lines: whole numbers in quotes, nothing for NULL."""
    names = {**PATH, "seen": "experience_impression", "order": "purchase"}
    microseconds = int(event.at.timestamp()) * 10**6
    session = str(microseconds // (86_400 * 10**6))
    params = [
        {"key": "page_location", "value": {"string_value": URL}},
        {"key": "ga_session_id", "value": {"int_value": session}},
    ]
    if event.experiment:
        told = f"TOOL-{event.experiment}-{event.arm}"
        params.append({"key": "exp_variant_string", "value": {"string_value": told}})
    if event.kind == "order":
        params.append({"key": "value", "value": {"double_value": 49.5}})
    order = {"transaction_id": event.id, "purchase_revenue": 49.5}
    return {
        "event_date": f"{event.at:%Y%m%d}",
        "event_timestamp": str(microseconds),
        "event_name": names[event.kind],
        "event_params": params,
        "user_id": event.user,
        "user_pseudo_id": event.visitor,
        "device": {"category": event.device, "web_info": {"browser": "Chrome"}},
        "geo": {"country": "Norway"},
        "traffic_source": {"medium": "cpc", "source": "google"},
        "ecommerce": order if event.kind == "order" else None,
        "batch_event_index": "1",
    }


def posthog(event: Event) -> Row:
    names = _names(
        "$pageview", "$feature_flag_called", "Product Added", "Checkout Started", "Order Completed"
    )
    properties: Row = {"$current_url": URL, "$device_type": event.device, "$lib": "web"}
    properties["$session_id"] = f"{event.visitor}-{event.at:%d}"
    if event.experiment:
        properties |= {"$feature_flag": event.experiment, "$feature_flag_response": event.arm}
    return {
        "uuid": event.id,
        "event": names[event.kind],
        "distinct_id": event.visitor,
        "properties": properties,
        "timestamp": f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "team_id": 1,
    }


def segment(event: Event) -> Row:
    names = _names(
        "page_viewed", "experiment_viewed", "product_added", "checkout_started", "order_completed"
    )
    at = f"{event.at:%Y-%m-%d %H:%M:%S}"
    return {
        "id": event.id,
        "anonymous_id": event.visitor,
        "user_id": event.user,
        "event": names[event.kind],
        "event_text": names[event.kind].replace("_", " ").title(),
        "timestamp": at,
        "received_at": "2026-10-30 00:00:00",
        "context_page_url": URL,
        "experiment_id": event.experiment,
        "variation_id": event.arm,
    }


def snowplow(event: Event) -> Row:
    names = {"view": "page_view", "order": "transaction"}
    structured = event.kind not in names
    action = event.experiment or PATH.get(event.kind)
    return {
        "event_id": event.id,
        "event": "struct" if structured else names[event.kind],
        "event_name": names.get(event.kind, "event"),
        "derived_tstamp": f"{event.at:%Y-%m-%d %H:%M:%S}",
        "collector_tstamp": "2026-10-30 00:00:00",
        "domain_userid": event.visitor,
        "domain_sessionid": f"{event.visitor}-{event.at:%d}",
        "user_id": event.user,
        "se_category": ("experiment" if event.experiment else "shop") if structured else None,
        "se_action": action if structured else None,
        "se_label": event.arm,
        "dvce_type": event.device,
    }


def amplitude(event: Event) -> Row:
    names = _names(
        "[Amplitude] Page Viewed",
        "[Experiment] Exposure",
        "Add to Cart",
        "Begin Checkout",
        "Complete Purchase",
    )
    told = {"flag_key": event.experiment, "variant": event.arm}
    return {
        "$insert_id": event.id,
        "event_type": names[event.kind],
        "event_time": f"{event.at:%Y-%m-%d %H:%M:%S.%f}",
        "amplitude_id": event.visitor and amplitude_id(event.visitor),
        "device_id": event.visitor,
        "session_id": int(event.at.timestamp()) // 86_400,
        "platform": event.device,
        "event_properties": told if event.experiment else {"url": URL},
        "user_properties": {},
    }


def amplitude_id(visitor: str) -> int:
    """Amplitude's ids are large numbers."""
    return 900_000_000_000_000 + int.from_bytes(visitor.encode()[-4:])


def mixpanel(event: Event) -> Row:
    names = _names(
        "$mp_web_page_view", "$experiment_started", "Add to Cart", "Begin Checkout", "Purchase"
    )
    told = {"Experiment name": event.experiment, "Variant name": event.arm}
    return {
        "device_id": event.visitor,
        "distinct_id": event.visitor,
        "event_name": names[event.kind],
        "insert_id": event.id,
        "time": f"{event.at:%Y-%m-%d %H:%M:%S}",
        "properties": {"$os": event.device, **(told if event.experiment else {})},
    }


def json_lines(rows: list[Row]) -> str:
    """Objects, one a line, without what is empty."""
    held = ({key: value for key, value in row.items() if value is not None} for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in held)


def separated(rows: list[Row]) -> str:
    """A table as text."""
    told = io.StringIO()
    writer = csv.DictWriter(told, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return told.getvalue()


def _persons(unit: str, person: str, of: Callable[[str], object]) -> list[Row]:
    return [{unit: of(visitor), person: of("phone")} for visitor in ("phone", "laptop")]


TOLD: dict[str, tuple[str, Callable[[Event], Row], Callable[[list[Row]], str]]] = {
    "ga4": ("events_20261005.jsonl", ga4, json_lines),
    "posthog": ("events.jsonl", posthog, json_lines),
    "segment": ("tracks.csv", segment, separated),
    "snowplow": ("events.csv", snowplow, separated),
    "amplitude": ("export.json", amplitude, json_lines),
    "mixpanel": ("events.json", mixpanel, json_lines),
}
PERSONS = {
    "ga4": "events_20261005.jsonl",
    "posthog": "persons.jsonl",
    "segment": "tracks.csv",
    "snowplow": "events.csv",
    "amplitude": "merge_ids.json",
    "mixpanel": "identity_mappings.json",
}


def files() -> Iterator[tuple[Path, str]]:
    """Path and text of every file."""
    for tool, (file, row, written) in TOLD.items():
        yield HERE / tool / file, written([row(event) for event in story()])
    for tool, unit, person, of in (
        ("posthog", "distinct_id", "person_id", str),
        ("amplitude", "amplitude_id", "merged_amplitude_id", amplitude_id),
        ("mixpanel", "distinct_id", "resolved_distinct_id", str),
    ):
        yield HERE / tool / PERSONS[tool], json_lines(_persons(unit, person, of))


if __name__ == "__main__":
    for path, text in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
