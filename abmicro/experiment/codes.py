"""The one table of what can be wrong with an experiment: stable code -> meaning.

The README prints this table and the tests walk it. Codes are never reused.
"""

from __future__ import annotations

from types import MappingProxyType

CODES = MappingProxyType(
    {
        # the file
        "E001": "the file is not TOML",
        "E002": "the file cannot be read",
        "E003": "the file is not UTF-8 text",
        "E004": "the schema version is not known",
        # keys and values
        "E010": "a key is not known",
        "E011": "a key is missing",
        "E012": "a value is not one of the choices",
        "E013": "a value is of the wrong type",
        "E014": "a number is out of range",
        "E015": "a duration cannot be read",
        "E016": "a date or time zone cannot be read",
        "E017": "a name or text is empty or holds characters that cannot be printed",
        "E018": "a name stands twice",
        "E019": "a name is reserved",
        # variants and exposure
        "E020": "fewer than two variants",
        "E021": "the shares of the variants do not add up",
        "E022": "the control is not among the variants",
        "E023": "the arms are listed twice or not at all",
        "E024": "a recorded value is matched to an arm that does not exist",
        "E025": "one recorded value means two arms",
        "E026": "a phase of the ramp outside the dates or out of order",
        "E027": "a phase of the ramp that does not share out among the arms",
        # goals
        "E030": "not exactly one primary goal",
        "E031": "a guardrail without a margin",
        "E032": "a margin on a goal that is no guardrail",
        "E033": "keys of a goal that exclude one another",
        "E034": "a threshold that cannot be counted",
        "E035": "a goal that no unit reaches where one is needed that units reach",
        "E036": "an unknown goal",
        "E037": "derived goals that run in a ring",
        "E038": "an expression over goals that cannot be read",
        "E039": "a row condition outside its grammar",
        # funnel
        "E040": "a funnel that does not end in a macro goal",
        "E041": "a funnel step that is no milestone",
        "E042": "a funnel that is too short",
        "E043": "a strict order that the data cannot show",
        "E044": "a goal that requires itself",
        "E045": "a goal per session or event that cannot be counted so",
        # windows and calendar
        "E050": "a macro goal that is watched for a shorter time than its micro goal",
        "E051": "a window or date on data without a clock",
        "E052": "the start is not before the end",
        # data
        "E060": "a column the shape needs is not named",
        "E061": "a key that has no meaning in this shape",
        "E062": "the preset is not known, or not one of this shape",
        "E063": "a field that does not say in one way where its value is",
        "E064": "a table of persons that is in no place, or in two",
        "E065": "one sign for decimals and for thousands",
        # priors
        "E080": "parts of a prior that do not go together",
        "E081": "a prior of one goal that would stand for all",
        # plan
        "E090": "planned rates that cannot be",
        "E091": "a correlation or spread that follows from the baselines",
        "E092": "a power that is not above alpha",
        # warnings: the definition stands, and the reader should know
        "W001": "no macro goal: carry-through cannot be answered",
        "W002": "the runtime is not whole weeks",
        "W003": "the runtime is shorter than the longest window",
        "W004": "more than 10 micro goals",
        "W005": "the runtime is shorter than the minimum runtime",
    }
)
