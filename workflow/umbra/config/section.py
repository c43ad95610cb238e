"""What all sections of the configuration share: the base model and the types of their values."""

from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
SubhaloIds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]

# For ``Field(json_schema_extra=...)`` of a key that changes nothing of the dataset: it decides how
# something is made, and not what.
CHANGES_NO_RESULT = {"changes_results": False}

Base = TypeVar("Base", bound="Section")


class Section(BaseModel):
    """A section of the configuration: unknown keys are errors, values never change.

    A rule that needs only some keys of a section takes them as a smaller model, a base class of the
    section; a change of the other keys then reruns nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    may_be_equal: ClassVar[frozenset[str]] = frozenset()
    """Keys ``min_...`` that may have the value of their ``max_...``."""

    def only(self, base: type[Base]) -> Base:
        """Return the keys of this section that a smaller model has.

        Parameters
        ----------
        base : type
            A base class of this section.

        Returns
        -------
        Section
            An instance of `base`.
        """
        return base(**{key: getattr(self, key) for key in base.model_fields})

    def shaping_results(self) -> dict[str, Any]:
        """Return the plain values of all keys but those marked with `CHANGES_NO_RESULT`."""
        values = self.model_dump(mode="json")
        return {
            key: values[key]
            for key, field in type(self).model_fields.items()
            if field.json_schema_extra != CHANGES_NO_RESULT
        }

    @model_validator(mode="before")
    @classmethod
    def _empty_section_has_its_defaults(cls, values: Any) -> Any:
        return {} if values is None else values

    @model_validator(mode="after")
    def _nothing_is_named_twice(self) -> Self:
        for key in type(self).model_fields:
            value = getattr(self, key)
            if not isinstance(value, list):
                continue
            if twice := [item for item in value if value.count(item) > 1]:
                raise ValueError(f"{key} names {twice[0]} twice")
        return self

    @model_validator(mode="after")
    def _every_minimum_is_below_its_maximum(self) -> Self:
        for low in type(self).model_fields:
            high = low.replace("min_", "max_", 1)
            if not low.startswith("min_") or high not in type(self).model_fields:
                continue
            least, greatest = getattr(self, low), getattr(self, high)
            if low in self.may_be_equal and least == greatest:
                continue
            if least >= greatest:
                relation = "must not exceed" if low in self.may_be_equal else "must be below"
                raise ValueError(f"{low} ({least:g}) {relation} {high} ({greatest:g})")
        return self
