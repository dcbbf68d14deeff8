"""Every error abmicro raises on purpose.

    Exception
      └── AbmicroError              anything a person can mend; carries exit status and hint
            ├── DefinitionError     the experiment file or object is wrong       (exit 2)
            ├── SourceError         data missing, unreadable or of another shape (exit 3)
            ├── CountsError         a joint table that contradicts itself        (exit 3)
            └── OutputError         a result that cannot be written              (exit 3)

Functions in `stats` raise a plain `ValueError` that names argument and value: they know
neither files nor people.
"""

from __future__ import annotations

from types import MappingProxyType

from abmicro.frozen import frozen
from abmicro.plain_text import clean


@frozen
class Problem:
    """One thing that is wrong: where, what, and what would do.

    where: dotted path of the key or argument, for example `goals.cart.kind`; may be empty.
    what: the fault with the offending value, without a full stop at the end.
    code: stable error code such as `E012`, which a reader can search for.
    hint: what would mend it; may be empty.
    line: 1-based line of the file, where known.

    >>> print(Problem("goals.cart.kind", "'mileston' is not a kind", "E012", "milestone?", 7))
    goals.cart.kind (line 7): 'mileston' is not a kind (E012); milestone?
    """

    where: str
    what: str
    code: str
    hint: str = ""
    line: int | None = None

    @property
    def headline(self) -> str:
        """Where and what, without the hint."""
        line = f" (line {self.line})" if self.line is not None else ""
        place = f"{self.where}{line}: " if self.where else ""
        return f"{place}{self.what} ({self.code})"

    def __str__(self) -> str:
        return self.headline + (f"; {self.hint}" if self.hint else "")


class AbmicroError(Exception):
    """A fault with one or more problems that a person can mend.

    >>> error = SourceError(Problem("data.source", "no such file: a.csv", "E301"))
    >>> error.exit_status, str(error)
    (3, 'data.source: no such file: a.csv (E301)')
    """

    exit_status = 2

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return clean("\n".join(str(problem) for problem in self.problems))


class DefinitionError(AbmicroError):
    """The experiment file or object breaks a rule; holds every problem found."""


class SourceError(AbmicroError):
    """Data that are missing, unreadable, empty or not of the shape that was declared."""

    exit_status = 3


class CountsError(AbmicroError):
    """A joint table that contradicts itself or the experiment it is analysed for."""

    exit_status = 3


class OutputError(AbmicroError):
    """A result that cannot be written where it was asked for."""

    exit_status = 3


_MOST_ALIKE, _LONGEST_ALIKE = 200, 60  # names that are compared, letter by letter


def suggest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """The sentence that helps with a name that is not known.

    >>> suggest("moble", ["desktop", "mobile"])
    "did you mean 'mobile'? known: desktop, mobile"
    >>> suggest("x", [])
    'none are known'
    """
    from difflib import get_close_matches

    if not known:
        return "none are known"
    alike = [one for one in known[:_MOST_ALIKE] if len(one) <= _LONGEST_ALIKE]
    told = (f"{one[:60]}..." if len(one) > _LONGEST_ALIKE else one for one in known[:12])
    listed = ", ".join(told) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    near = get_close_matches(name, alike, n=1) if len(name) <= _LONGEST_ALIKE else []
    return f"did you mean {near[0]!r}? known: {listed}" if near else f"known: {listed}"


CODES = MappingProxyType(
    {
        # the experiment file
        "E001": "the file is not TOML",
        "E002": "the file cannot be read",
        "E003": "the file is not UTF-8 text",
        "E004": "the schema version is not known",
        "E634": "data where a definition is wanted",
        # keys and values
        "E010": "a key is not known",
        "E011": "a key is missing",
        "E012": "a value is not one of the choices",
        "E013": "a value is of the wrong type",
        "E014": "a number is out of range",
        "E015": "a duration cannot be read",
        "E016": "a date, time zone, encoding or format of times that is not known",
        "E017": "a name or text is empty or holds characters that cannot be printed",
        "E018": "a name stands twice",
        "E019": "a name is reserved",
        # variants and exposure
        "E020": "fewer than two variants",
        "E021": "the shares of the variants do not add up",
        "E022": "the control is not among the variants",
        "E023": "the variants are listed twice or not at all",
        "E024": "a recorded value is matched to a variant that does not exist",
        "E025": "one recorded value means two variants",
        "E026": "a phase of the ramp outside the dates or out of order",
        "E027": "a phase of the ramp that does not share out among the variants",
        "E028": "a name, a text or a key that is longer or deeper than is read",
        "E029": "more entries, or more problems, than are read",
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
        "E046": "a goal of some variants that names no treated variant",
        "E047": "a goal of some variants where one is needed that all variants have",
        "E048": "a rule that leaves out units by something that cannot be counted so",
        # windows and calendar
        "E050": "a macro goal that is watched for a shorter time than its micro goal",
        "E051": "a window or date on data without a clock",
        "E052": "the start is not before the end",
        "E053": "an assignment without an event that starts the clock",
        "E054": "rows that add up by a unit that is not named",
        # data
        "E060": "a column the shape needs is not named",
        "E061": "a key that has no meaning in this shape",
        "E062": "the preset is not known, or not one of this shape",
        "E063": "a field that does not say in one way where its value is",
        "E064": "a table of persons that is in no place, or in two",
        "E065": "one sign for decimals and for thousands",
        "E066": "a cap, a value from before or a word on empty amounts where there are none",
        "E067": "a cap that is neither an amount nor a share of amounts",
        "E068": "a value from before that is not where the shape has it",
        # looks
        "E070": "looks without a planned end",
        "E071": "a key that the mode of monitoring does not read",
        "E072": "a first look that is too early, or later than the test",
        "E073": "looks that are not in the order of their days",
        "E074": "a look on a day that no look can have",
        "E075": "a goal that decides at looks and has no window",
        "E076": "a paused day outside the experiment",
        # priors
        "E080": "parts of a prior that do not go together",
        "E081": "a prior of one goal that would stand for all",
        # words
        "E082": "a label of a variant that does not exist",
        "E083": "money without its currency",
        "E084": "a currency that is not three letters",
        "E085": "a label that stands twice",
        "E086": "a workbook without the library that writes it",
        # plan
        "E090": "planned rates that cannot be",
        "E091": "a correlation or spread that follows from the baselines",
        "E092": "a power that is not above alpha",
        "E093": "a decision that rests on past tests, without enough of them from before the start",
        "E094": "a planted lift for which there are too few people",
        "E095": "a simulation without units, or without rates that are known together",
        # data
        "E301": "there are no data where the definition points",
        "E302": "the data are empty",
        "E303": "the data are of a form that cannot be read",
        "E304": "the data cannot be read",
        "E305": "a column is not in the data",
        "E306": "a unit without a variant, or of one the experiment does not know",
        "E307": "a column holds something else than it should",
        "E308": "a variant without units, or no unit at all",
        "E309": "there is no query for this dialect or shape",
        "E310": "a look at an earlier day of data without days, or at no day",
        "E311": "more cells than a joint table has",
        "E312": "units that stand in more than one row",
        "E313": "a limit that cannot be",
        "E314": "units of several persons",
        "E315": "rows of counts that would be counted twice",
        "E316": "a variable of the environment that the caller does not allow",
        "E317": "no folder for what does not fit into memory",
        "E318": "dates or numbers that can be read in two ways, or are written in several",
        "E319": "amounts that were capped otherwise than the definition says",
        "E320": "caps of an earlier look that are not those of capped goals",
        "E322": "counts that were collected without the rule that leaves units out",
        "E325": "a workbook that cannot be read",
        "E326": "a sheet of a workbook that is not there, or that nobody has named",
        "E327": "a text file in letters that are not known",
        "E328": "a line of a text file that cannot be read",
        "E329": "a column name that stands twice",
        "E335": "a sheet whose layout cannot be told",
        "E336": "a sheet without variants, visitors or goals",
        "E337": "metrics of a sheet that are of different visitors",
        "E338": "a count of a sheet that is missing or no number",
        "E339": "rows of a sheet that must not be added up",
        "E340": "an event that never occurs, where one of nearly the same name does",
        "E675": "variants of a sheet that may be one variant, or none",
        "E676": "ids that have lost digits before they came here",
        "E677": "rows of a sheet that may count the same people",
        "E685": "a file that changed while it was read",
        # joint tables, histograms and their files
        "E362": "files of one source that hold the same rows",
        "E355": "looks at counts that have no days of entry",
        "E365": "many tests at once whose units differ, so that they share no bounds",
        "E356": "a file of looks that holds something else",
        "E357": "a plan of looks that was changed after a look",
        "E358": "a folder of snapshots without any, or that is not there",
        "E359": "a snapshot that has days of entry of its own",
        "E360": "totals that fell from one snapshot to the next",
        "E361": "snapshots of a test that asks when a unit entered",
        "E401": "a goal, figure or segment is not in the table",
        "E402": "a goal has no values in the joint table",
        "E403": "tables that cannot be added",
        "E404": "columns that are not those of such a table",
        "E405": "a value in a row that cannot be",
        "E406": "a joint table that would be too large",
        "E407": "counts that contradict one another",
        "E408": "labels or shapes that do not fit together",
        "E409": "a variant the experiment does not know, or no variant at all",
        "E410": "counts that add up to more than can be told apart",
        # results
        "E501": "a file that cannot be written",
        "E502": "a form of file that cannot hold a table of counts",
        "E503": "too little memory, or too few threads, for the run",
        "E510": "a record of a result that cannot be read back",
        "E511": "a chart of what the result does not have",
        # the command line
        "E600": "an argument or option that asks for what cannot be",
        # past tests
        "E611": "a key that another test of the history has",
        "E612": "the same counts under two keys",
        "E613": "counts of a past test that were edited since it was added",
        "E614": "tests of persons beside tests of sessions",
        "E635": "a past test of which another variant is said to have shipped",
        "E615": "a file of the history of a newer version",
        "E616": "an alias of two goals, or of itself",
        "E617": "counts of a past test without its control, or of other variants",
        "E618": "past tests of which none has both goals",
        "E619": "a test that has not come to its end",
        "E620": "a sheet of past tests that is empty",
        "E621": "a count of a past test that is no whole number",
        "E622": "a rate where a count of a past test is needed",
        "E623": "a count of a past test below 0",
        "E624": "more of a goal than there are units",
        "E625": "a variant that stands twice in a past test",
        "E626": "a past test with one variant",
        "E627": "a past test of which no variant is called like a control",
        "E628": "goals that are nested in all rows of a sheet but one",
        # goals to watch
        "E629": "a step where changes act that is not on the path",
        "E630": "no macro goal that is known together with other goals",
        "E631": "a log in which nobody reached the macro goal",
        "E632": "units of a test that no test can have",
        "E633": "a history without a test whose visitors could be a log",
        "E660": "an address or port on which no pages can be served",
        "E661": "a workbook that unpacks to more than people make",
        "E662": "a file that is not the export it is said to be",
        "E663": "a run over a file that ended without a result",
        "E664": "a text file whose first line is longer than that of a table",
        "E665": "data that lie outside the folder of tests",
        "E649": "rows or columns of a workbook that are hidden, and may be meant or not",
        "E648": "a file that is something else than its name says",
        "E700": "a fault of abmicro itself",
        # traffic without a test
        "E640": "months that are to be compared in data without days",
        "E641": "a month that is not in the data before the last one",
        "E642": "no unit to look at",
        "E643": "a first day asked of data without days",
        # plans
        "E801": "a file of daily traffic that cannot be used",
        # warnings: the definition stands, and the reader should know
        "W001": "no macro goal: carry-through cannot be answered",
        "W002": "the runtime is not whole weeks",
        "W003": "the runtime is shorter than the longest window",
        "W004": "more than 10 micro goals",
        "W005": "the runtime is shorter than the minimum runtime",
        "W006": "a correction that is not proven for looks; Holm's takes its place",
    }
)
"""Stable code -> meaning, of every problem there is; codes are never reused."""
