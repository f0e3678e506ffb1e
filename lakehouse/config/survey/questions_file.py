"""The model of the question catalogue (conf/questions.yml)."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from lakehouse.config.sections import NOT_EMPTY, Id, Must, Number, Section, Text, Texts, fault
from lakehouse.config.survey.cell_formats import DateFormats, NumberFormat, OtherWords, RatingWords, TimeZone
from lakehouse.survey.catalogue import NEVER_NULL, IdKind
from lakehouse.survey.date_patterns import DateReading
from lakehouse.survey.headers import RESERVED
from lakehouse.survey.questions import SCALE, Change, Comparability, Question

RETIRE = "retire"
# Changes with predecessors: other questions that the question replaces.
WITH_PREDECESSORS = ("split", "merge")

_HEADERS = (
    "As delivered, compared after snake-casing; one per spelling that differs. The name itself is always understood."
)
_REQUIRED = (
    "Whether a file without the column is held, and a line without a value is rejected; always true for "
    f"{', '.join(NEVER_NULL)}."
)

QuestionId = Annotated[
    Id,
    Must(lambda name: name not in RESERVED, "'{value}' is a column of the tables already. Choose another id."),
]
Weight = Annotated[
    Number,
    Must(
        lambda weight: weight > 0,
        "must be above 0, found {value}. To leave a question out, retire it.",
        {"exclusiveMinimum": 0},
    ),
]
Scale = Annotated[
    tuple[Number, ...],
    Must(
        lambda scale: scale == SCALE,
        f"only {list(SCALE)} is understood: other scales do not average with the rest.",
        {"const": list(SCALE)},
    ),
]
Code = Annotated[
    int,
    Must(
        lambda code: not SCALE[0] <= code <= SCALE[1],
        f"{{value}} is a rating. Codes lie outside of {list(SCALE)}.",
        {"not": {"minimum": SCALE[0], "maximum": SCALE[1]}},
    ),
]
ShareOfWhole = Annotated[
    Number,
    Must(
        lambda share: 0 < share <= 1,
        "must be a share between 0 and 1, found {value}.",
        {"exclusiveMinimum": 0, "maximum": 1},
    ),
]


class DeliveredColumn(Section):
    """A column under its headers."""

    headers: Texts = Field(description=_HEADERS)


class DateColumn(DeliveredColumn):
    """A column of days."""

    date_format: DateFormats | None = Field(
        default=None,
        description="Spark's pattern of the dates, or a list of patterns, e.g. dd.MM.yyyy HH:mm; letters d M y H h m s "
        "a, and yy is 20yy. Only these count then; without it they are ISO dates or ISO time stamps.",
    )
    time_zone: TimeZone = Field(
        default=DateReading.time_zone,
        description="The zone in which the day of an ISO time stamp counts, as an IANA name; a time stamp without a "
        "zone is in this one.",
    )

    @model_validator(mode="after")
    def _uses_its_time_zone(self) -> DateColumn:
        if self.date_format and "time_zone" in self.model_fields_set:
            raise fault("says nothing beside date_format: those dates stand as they are. Remove it.", "time_zone")
        return self

    @property
    def reading(self) -> DateReading:
        """How the dates are read."""
        return DateReading(self.date_format or (), self.time_zone)


class RequirableColumn(DeliveredColumn):
    """A column that every response may have to have."""

    required: bool = Field(default=False, description=_REQUIRED)


class IdColumn(RequirableColumn):
    """The column that names the passenger."""

    kind: IdKind = Field(
        default="whole_number",
        description="What ids are: a whole_number, digits without marks, where 007 and 7 are the same; or text, where "
        "every character counts, zeros in front and case too. Decided before the first response is loaded.",
    )


class NumberColumn(RequirableColumn):
    """A column of whole numbers."""

    numbers: NumberFormat | None = Field(
        default=None,
        description="The marks in its numbers, in place of all those that `numbers` says for every column.",
    )


class CategoryColumn(RequirableColumn):
    """A column with a known set of words."""

    values: Annotated[dict[str, OtherWords], Must(bool, "at least one value is needed.", {"minProperties": 1})] = Field(
        description="Canonical word -> the other words for it; compared trimmed and without regard to case."
    )


class Columns(Section):
    """Every column that is not a question."""

    id: IdColumn = Field(description="The passenger's id.")
    gender: CategoryColumn = Field(description="The passenger's gender.")
    age: NumberColumn = Field(description="The passenger's age in years.")
    customer_type: CategoryColumn = Field(description="Whether the passenger has flown with the airline before.")
    travel_type: CategoryColumn = Field(description="What the journey was for.")
    class_: CategoryColumn = Field(alias="class", description="The class of the seat.")
    flight_distance: NumberColumn = Field(description="Length of the flight in miles.")
    departure_delay: NumberColumn = Field(description="Delay of the departure in minutes.")
    arrival_delay: NumberColumn = Field(description="Delay of the arrival in minutes.")
    satisfaction: CategoryColumn = Field(
        description="The passenger's verdict; satisfied passengers are counted by the word Satisfied."
    )
    survey_date: DateColumn = Field(description="The day of the survey.")

    def by_name(self) -> dict[str, DeliveredColumn]:
        """The columns by their names in the tables."""
        return {name.removesuffix("_"): column for name, column in self}


class MeasureOwners(Section):
    """The owners of measures that are not questions."""

    departure_delay: Text = Field(description="Owner of the delay of departures.")
    arrival_delay: Text = Field(description="Owner of the delay of arrivals.")
    share_satisfied: Text = Field(description="Owner of the share of satisfied passengers.")
    service_index: Text = Field(description="Owner of the mean over the concepts.")
    weighted_satisfaction_score: Text = Field(description="Owner of the weighted mean over the concepts.")
    passenger_mix: Text = Field(description="Owner of the mix of passengers.")


class VersionEntry(Section):
    """A question as it is asked from `valid_from` on; what changes later is a new entry with the same id."""

    model_config = ConfigDict(title="A version of a question")

    id: QuestionId = Field(description="Names the question for ever; a lower-case name that becomes a column.")
    wording: Text = Field(description="The question as passengers read it.")
    headers: Texts = Field(description=_HEADERS)
    owner: Text = Field(description="The team that answers for it, one of `owners`.")
    weight: Weight = Field(description="How much the concept counts in the weighted score: a policy, above 0.")
    weight_reason: Text = Field(description="Why it has this weight.")
    valid_from: date = Field(description="The first day.")
    valid_to: date | None = Field(
        default=None, description="The last day; without it, the entry applies until further."
    )
    concept: Id | None = Field(
        default=None, description="What the question measures, by default its id; scores are means over concepts."
    )
    scale: Scale = Field(default=SCALE, description="Lowest and highest rating; there is one scale for all questions.")
    not_applicable: Annotated[tuple[Code, ...], NOT_EMPTY] = Field(
        default=Question.not_applicable,
        description="Codes beside the scale that say so; they are never averaged.",
    )
    words: RatingWords = Field(
        default={},
        description="Rating or code -> words for it in this question, beside those of `rating_words`.",
    )
    change: Change | None = Field(
        default=None,
        description="How the entry came about: rename (another header or label for the same words), reword, split or "
        "merge. Without it, the question is new, or only its owner or weight differs.",
    )
    predecessors: dict[str, ShareOfWhole] = Field(
        default={},
        description="For a part of a split: the whole, and the share of it that this part stands for. For a merge: "
        "the questions that it replaces, and the share of each. Shares sum to 1.",
    )
    comparability: Comparability | None = Field(
        default=None,
        description="What of the answers before the change may still be compared: exact, mean_only or none.",
    )

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> VersionEntry:
        if self.valid_to and self.valid_to < self.valid_from:
            raise fault(f"{self.valid_to} is before valid_from {self.valid_from}. Swap them.", "valid_to")
        return self

    @model_validator(mode="after")
    def _says_how_it_changed(self) -> VersionEntry:
        if self.change is None:
            for key in ("predecessors", "comparability"):
                if key in self.model_fields_set:
                    raise fault("says nothing without a change. Add change: rename, reword, split or merge.", key)
            return self
        if self.change not in WITH_PREDECESSORS and "predecessors" in self.model_fields_set:
            before = next(iter(self.predecessors), "of the question before it")
            raise fault(
                f"a {self.change} keeps the id, for ids name a question for ever: give this entry the id {before} and "
                "remove the key. Only split and merge have predecessors.",
                "predecessors",
            )
        if self.change in WITH_PREDECESSORS and "predecessors" not in self.model_fields_set:
            raise fault(f"a {self.change} needs predecessors: question and share, e.g. {{food: 0.5}}.", "change")
        if self.comparability is None:
            raise fault("a change needs comparability: exact, mean_only or none.", "change")
        if self.change == "rename" and self.comparability != "exact":
            raise fault("a rename changes no word of the question: say exact, or change: reword.", "comparability")
        if self.change in WITH_PREDECESSORS and self.comparability == "exact":
            raise fault(f"a {self.change} carries a mean at most: say mean_only or none.", "comparability")
        return self


class RetirementEntry(Section):
    """The end of a question that no other question replaces."""

    model_config = ConfigDict(title="The end of a question")

    id: Text = Field(description="The question that ends.")
    change: Literal["retire"] = Field(description="The question ends for good.")
    valid_from: date = Field(description="The first day on which it is no longer asked.")


def _kind_of_entry(given: object) -> str:
    """Which model checks an entry: by its `change`, misspelled or not."""
    change = str(given.get("change")) if isinstance(given, dict) else ""
    return "retirement" if get_close_matches(change, (*get_args(Change), RETIRE), n=1) == [RETIRE] else "version"


QuestionEntry = Annotated[
    Annotated[VersionEntry, Tag("version")] | Annotated[RetirementEntry, Tag("retirement")],
    Discriminator(_kind_of_entry),
]


class QuestionsFile(Section):
    """The question catalogue."""

    owners: Annotated[tuple[Id, ...], NOT_EMPTY] = Field(description="The teams that answer for questions.")
    missing_values: Annotated[tuple[str, ...], NOT_EMPTY] = Field(
        description="A cell with one of these words holds nothing; compared trimmed and without regard to case."
    )
    numbers: NumberFormat = Field(
        default=NumberFormat(), description="The marks in ratings, and in number columns that state no others."
    )
    rating_words: RatingWords = Field(
        default={},
        description="Rating, or code for not applicable -> words for it in every question; compared trimmed and "
        "without regard to case.",
    )
    columns: Columns = Field(description="The columns that are not questions.")
    measures: MeasureOwners = Field(description="The owners of measures that are not questions.")
    questions: Annotated[tuple[QuestionEntry, ...], NOT_EMPTY] = Field(
        description="One entry per version of a question, and one per retirement."
    )
