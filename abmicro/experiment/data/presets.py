"""What known exports call things: a preset is a mapping with a name, and no code.

A preset fills in what `[data]` and `[exposure]` leave open; what the file says comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preset:
    """A known export of events, in the words of the experiment file.

    title: the tool and its export. columns, fields, time_unit, identity: as in `[data]`; of
    `identity` only the names of its columns. event: that exposes. start: tables of the file that
    `abmicro init` writes, as an example of what the tool records: `source`, `exposure`, `goals`
    and `segments`. remarks: what the owner of such an export should know.
    """

    title: str
    columns: Keys
    event: str
    fields: Keys = field(default_factory=dict)
    time_unit: str = "timestamp"
    identity: Keys = field(default_factory=dict)
    start: Keys = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, Keys]:
        """The tables of `[data]` that it fills in; `identity` only where the file has one."""
        return {"columns": self.columns, "fields": self.fields, "identity": self.identity}


def _params(key: str, **more: str) -> Keys:
    return {"column": "event_params", "form": "params", "key": key, **more}


def _struct(column: str, *key: str, **more: str) -> Keys:
    return {"column": column, "form": "struct", "key": key if key[1:] else key[0], **more}


def _json(column: str, key: str, **more: str) -> Keys:
    return {"column": column, "key": key, **more}


def _shop(cart: str, checkout: str, order: str) -> dict[str, Keys]:
    """The path of a shop, by the names of its events."""
    return {
        "add_to_cart": {"kind": "milestone", "role": "primary", "event": cart, "window": "7d"},
        "begin_checkout": {"kind": "milestone", "event": checkout, "window": "7d"},
        "purchase": {"kind": "macro", "event": order, "window": "7d"},
    }


_GA4 = Preset(
    title="GA4 export to BigQuery, tables events_YYYYMMDD",
    columns={
        "unit": "user_pseudo_id",
        "time": "event_timestamp",
        "event": "event_name",
        "variant": "exp_variant_string",
        "session": "session",
    },
    time_unit="us",
    event="experience_impression",
    fields={
        "exp_variant_string": _params("exp_variant_string"),
        "ga_session_id": _params("ga_session_id"),
        "session": {"joined": ("user_pseudo_id", "ga_session_id")},
        "page_location": _params("page_location"),
        "page_referrer": _params("page_referrer"),
        "link_url": _params("link_url"),
        "form_id": _params("form_id"),
        "percent_scrolled": _params("percent_scrolled", type="number"),
        "engagement_time_msec": _params("engagement_time_msec", type="number"),
        "value": _params("value", type="number"),
        "device_category": _struct("device", "category"),
        "browser": _struct("device", "web_info", "browser"),
        "country": _struct("geo", "country"),
        "traffic_source": _struct("traffic_source", "source"),
        "traffic_medium": _struct("traffic_source", "medium"),
        "transaction_id": _struct("ecommerce", "transaction_id"),
        "purchase_revenue": _struct("ecommerce", "purchase_revenue", type="number"),
    },
    identity={"unit": "user_pseudo_id", "person": "user_id"},
    start={
        "source": "events_*.parquet",
        "exposure": {
            "match": {"control": "TOOL-EXPERIMENT-control", "sticky": "TOOL-EXPERIMENT-sticky"}
        },
        "goals": {
            "add_to_cart": {"kind": "milestone", "role": "primary", "window": "7d"},
            "begin_checkout": {"kind": "milestone", "window": "7d"},
            "add_payment_info": {"kind": "milestone", "window": "7d"},
            "form_submit": {"kind": "action", "window": "7d"},
            "purchase": {"kind": "macro", "window": "7d"},
        },
        "segments": {"device": "device_category"},
    },
    remarks=(
        "Where consent was denied user_pseudo_id is empty; these rows are counted and left out.",
        "Sites rename the exposure event and its parameter: mend [exposure] event and, in [data],",
        'fields.exp_variant_string = { column = "event_params", form = "params", key = "yours" }',
    ),
)

_POSTHOG = Preset(
    title="PostHog batch export, model events",
    columns={
        "unit": "distinct_id",
        "time": "timestamp",
        "event": "event",
        "variant": "feature_flag_response",
        "session": "session",
    },
    event="$feature_flag_called",
    fields={
        "feature_flag": _json("properties", "$feature_flag"),
        "feature_flag_response": _json("properties", "$feature_flag_response"),
        "session": _json("properties", "$session_id"),
        "current_url": _json("properties", "$current_url"),
        "pathname": _json("properties", "$pathname"),
        "device_type": _json("properties", "$device_type"),
        "browser": _json("properties", "$browser"),
        "country": _json("properties", "$geoip_country_code"),
        "referring_domain": _json("properties", "$referring_domain"),
    },
    identity={"unit": "distinct_id", "person": "person_id"},
    start={
        "source": "events/*.parquet",
        "exposure": {"where": "feature_flag = 'pdp-sticky-cta'"},
        "goals": _shop("Product Added", "Checkout Started", "Order Completed"),
        "segments": {"device": "device_type"},
    },
    remarks=(
        "One person has several distinct_ids; the export of the model persons makes them one unit:",
        'In [data]: identity = { source = "persons/*.parquet" }',
    ),
)

_SEGMENT = Preset(
    title="Segment or RudderStack in a warehouse: tracks, with the variant beside",
    columns={
        "unit": "anonymous_id",
        "time": "timestamp",
        "event": "event",
        "variant": "variation_id",
    },
    event="experiment_viewed",
    identity={"unit": "anonymous_id", "person": "user_id"},
    start={
        "source": "tracks.parquet",
        "exposure": {"where": "experiment_id = 'pdp-sticky-cta'"},
        "goals": _shop("product_added", "checkout_started", "order_completed"),
    },
    remarks=(
        "tracks lacks the properties of events. Join experiment_viewed to it on id, once, as a",
        "view that adds experiment_id and variation_id; docs/recipes.md has the statement.",
        "The table identifies makes one unit of a visitor and the user that the visitor became:",
        'In [data]: identity = { source = "identifies.parquet" }',
    ),
)

_SNOWPLOW = Preset(
    title="Snowplow, table atomic.events",
    columns={
        "unit": "domain_userid",
        "time": "derived_tstamp",
        "event": "event_name",
        "variant": "se_label",
        "session": "domain_sessionid",
    },
    event="event",
    identity={"unit": "domain_userid", "person": "user_id"},
    start={
        "source": "events/*.parquet",
        "exposure": {"where": "se_category = 'experiment' AND se_action = 'pdp-sticky-cta'"},
        "goals": {
            "deep_browse": {
                "kind": "action",
                "event": "page_view",
                "at_least": 5,
                "dedupe": "event_id",
                "window": "7d",
            },
            "add_to_cart": {
                "kind": "milestone",
                "role": "primary",
                "event": "event",
                "where": "se_action = 'add_to_cart'",
                "window": "7d",
            },
            "transaction": {"kind": "macro", "window": "7d"},
        },
        "segments": {"device": "dvce_type"},
    },
    remarks=(
        "Snowplow has no exposure of its own: here it is a structured event (event_name event) of",
        "category experiment, its action the experiment and its label the variant.",
        'Events may come twice; dedupe = "event_id" matters to goals that count or add up.',
    ),
)

_AMPLITUDE = Preset(
    title="Amplitude raw export or warehouse sync",
    columns={
        "unit": "amplitude_id",
        "time": "event_time",
        "event": "event_type",
        "variant": "variant",
    },
    event="[Experiment] Exposure",
    fields={
        "flag_key": _json("event_properties", "flag_key"),
        "experiment_key": _json("event_properties", "experiment_key"),
        "variant": _json("event_properties", "variant"),
    },
    identity={"unit": "amplitude_id", "person": "merged_amplitude_id"},
    start={
        "source": "export/*.json.gz",
        "exposure": {"where": "flag_key = 'pdp-sticky-cta'"},
        "goals": _shop("Add to Cart", "Begin Checkout", "Complete Purchase"),
        "segments": {"platform": "platform"},
    },
    remarks=(
        "A server that assigns and shows at once may record [Experiment] Assignment only: name it",
        "in [exposure] event. Merged users stand in the table merge_ids:",
        'In [data]: identity = { source = "merge_ids/*.json.gz" }',
        'Where no event has session_id -1, session = "session_id" in [data.columns] serves goals',
        "per session.",
    ),
)

_MIXPANEL = Preset(
    title="Mixpanel JSON pipeline to a warehouse or a bucket, events",
    columns={
        "unit": "distinct_id",
        "time": "time",
        "event": "event_name",
        "variant": "variant_name",
    },
    event="$experiment_started",
    fields={
        "experiment_name": _json("properties", "Experiment name"),
        "variant_name": _json("properties", "Variant name"),
        "current_url": _json("properties", "$current_url"),
        "browser": _json("properties", "$browser"),
        "os": _json("properties", "$os"),
        "country": _json("properties", "mp_country_code"),
    },
    identity={"unit": "distinct_id", "person": "resolved_distinct_id"},
    start={
        "source": "events/*.json.gz",
        "exposure": {"where": "experiment_name = 'pdp-sticky-cta'"},
        "goals": _shop("Add to Cart", "Begin Checkout", "Purchase"),
        "segments": {"os": "os"},
    },
    remarks=(
        'Events may come twice; dedupe = "insert_id" matters to goals that count or add up.',
        "The identity mappings make one unit of the distinct_ids of a person:",
        'In [data]: identity = { source = "identity_mappings/*.json.gz" }',
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "ga4": _GA4,
        "posthog": _POSTHOG,
        "segment": _SEGMENT,
        "snowplow": _SNOWPLOW,
        "amplitude": _AMPLITUDE,
        "mixpanel": _MIXPANEL,
    }
)
"""Name to preset."""


def filled_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[data]`, and under them what their preset says; unchanged without a known one.

    data: `columns` and `fields`, where given, are mappings.

    >>> filled_in({"shape": "events", "preset": "segment"})["columns"]["unit"]
    'anonymous_id'
    """
    preset = preset_of(data)
    if preset is None:
        return dict(data)
    filled = {"time_unit": preset.time_unit, **data}
    for name, keys in preset.tables.items():
        own = data.get(name, None if name == "identity" else {})
        if isinstance(own, Mapping):
            filled[name] = {**keys, **own}
    return filled


def beside_preset(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[data]` that its preset does not say already: what `filled_in` undoes.

    >>> columns = {"unit": "anonymous_id", "time": "at"}
    >>> beside_preset({"shape": "events", "preset": "segment", "columns": columns})
    {'shape': 'events', 'preset': 'segment', 'columns': {'time': 'at'}}
    """
    preset = preset_of(data)
    if preset is None:
        return dict(data)
    own = {name: value for name, value in data.items() if name != "time_unit"}
    for name in preset.tables.keys() & data.keys():
        said = preset.tables[name]
        own[name] = {key: value for key, value in data[name].items() if said.get(key) != value}
    if (unit := data.get("time_unit", "timestamp")) != preset.time_unit:
        own["time_unit"] = unit
    return {name: value for name, value in own.items() if value != {}}


def preset_of(data: Mapping[str, Any]) -> Preset | None:
    """The preset that the keys of `[data]` name; None without one, and for rows that are no events.

    >>> preset_of({"shape": "events", "preset": "ga4"}).event
    'experience_impression'
    """
    named = data.get("preset")
    known = PRESETS.get(named) if isinstance(named, str) else None
    return known if data.get("shape") == "events" else None
