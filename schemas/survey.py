"""One survey: the folder that holds its declarations, and the cross-checked declarations of a year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from itertools import pairwise
from pathlib import Path

from schemas.crosswalk import Crosswalk, CrosswalkError, compare_questionnaires, compose
from schemas.errors import DeclarationError, UsageError, raise_all
from schemas.figures import Figure, FigureFile, Unit, expand_figures, figure_faults
from schemas.form_layout import FormLayout, lay_out_form, sheet_faults
from schemas.parsing import parse_model
from schemas.questionnaire import Questionnaire, resolve_code_lists
from schemas.questionnaire_faults import questionnaire_faults
from schemas.reference import Municipality, Reference
from schemas.reference_files import load_reference
from schemas.relations import Relation, RelationFile, RelationRow, expand_relation, relation_faults
from schemas.rules import Rule, RuleFile, rule_faults
from schemas.yaml_source import YamlDocument, find_year_file, read_year

KINDS = ("questionnaires", "rules", "figures", "relations")


@dataclass(frozen=True, eq=False)
class YearDeclarations:
    """Everything declared for one survey year, with every reference resolved. Equal to itself alone, so that what follows from it
    can be remembered.
    """

    questionnaire: Questionnaire
    rules: tuple[Rule, ...]
    units: dict[str, Unit]
    figures: dict[str, Figure]
    relations: tuple[Relation, ...]
    reference: Reference
    changes: Crosswalk | None = None
    """What became of every question since the year before; None where that year is not declared."""

    @property
    def year(self) -> int:
        """The survey year."""
        return self.questionnaire.year

    @cached_property
    def municipalities(self) -> list[Municipality]:
        """Who is surveyed: the municipalities on the survey's reference date, by code."""
        return self.reference.surveyed(self.questionnaire.prefecture_code, self.questionnaire.reference_date)

    @cached_property
    def relation_rows(self) -> list[RelationRow]:
        """Every comparison the relations stand for."""
        kinds = sorted({m.kind for m in self.municipalities})
        return [row for relation in self.relations for row in expand_relation(relation, self.figures, kinds)]

    @cached_property
    def layout(self) -> FormLayout:
        """Where every cell of the year's form is."""
        return lay_out_form(self.questionnaire)

    def of_prefecture(self, name: str) -> YearDeclarations:
        """The same questions asked of another prefecture, named by its code or name: its own municipalities are surveyed.

        Raises UsageError for one that has none on the reference date.
        """
        on = self.questionnaire.reference_date
        codes = {m.prefecture: m.prefecture_code for m in self.reference.municipalities if m.is_valid(on)}
        code = codes.get(name, name)
        if code not in codes.values():
            raise UsageError(
                reference="unknown-prefecture", where="--prefecture", found=name,
                expected="a prefecture of the roster, as 群馬県 or 10", fix="correct the name or the code",
            )  # fmt: skip
        return replace(self, questionnaire=self.questionnaire.model_copy(update={"prefecture_code": code}))

    def shows_kinds(self, figure: Figure) -> bool:
        """Whether the word behind a count of municipalities says of which kinds they are, as 市町.

        Of a question that is published in figures only, the word can tell the answer of the only 村: the prefecture decides.
        """
        return self.units[figure.unit].is_kind_word and not self.withholds_kinds(figure)

    def withholds_kinds(self, figure: Figure) -> bool:
        """Whether the word behind a count would say of which kinds municipalities are, and may not."""
        if not self.units[figure.unit].is_kind_word:
            return False
        policy = self.questionnaire.disclosure_policy
        is_public = figure.question is None or self.questionnaire.questions[figure.question].disclosure == "public"
        return not (is_public or (policy is not None and policy.small_sets == "show"))

    @property
    def withheld_units(self) -> dict[str, str]:
        """Of each figure whose word of kinds may not be shown the word that stands in its place, as 市町村."""
        return {
            figure.id: self.units[figure.unit].label.ja
            for figure in self.figures.values()
            if self.withholds_kinds(figure)
        }

    def figure(self, id_or_published: str) -> Figure | None:
        """Find a figure by its stable id or by the id it has in the published list."""
        if id_or_published in self.figures:
            return self.figures[id_or_published]
        return next((f for f in self.figures.values() if f.published_id == id_or_published), None)


@dataclass(frozen=True)
class Survey:
    """A survey root: `schemas/<kind>/<year>.yaml`, `data/reference`, `data/prose`, `dbt_project/models/sections`."""

    root: Path

    @property
    def declarations(self) -> Path:
        """Folder of the YAML declarations."""
        return self.root / "schemas"

    @property
    def reference_folder(self) -> Path:
        """Folder of the roster and the register."""
        return self.root / "data" / "reference"

    @property
    def section_models(self) -> Path:
        """Folder of the survey's own dbt models."""
        return self.root / "dbt_project" / "models" / "sections"

    def prose_folder(self, year: int) -> Path:
        """Folder of the official's prose of a year."""
        return self.root / "data" / "prose" / str(year)

    @property
    def report_folder(self) -> Path:
        """Folder of the report's templates, one for each year."""
        return self.declarations / "reports"

    def docx_template(self, year: int) -> Path | None:
        """The .docx whose look documents take: of the year, or of the nearest year that has one; None where there is none."""
        if not any(path.stem.isdecimal() for path in self.report_folder.glob("*.docx")):
            return None
        return find_year_file(self.report_folder, year, ".docx")

    @property
    def years(self) -> list[int]:
        """The survey years that have a questionnaire, ascending."""
        return sorted(int(p.stem) for p in (self.declarations / "questionnaires").glob("[0-9]*.yaml"))

    def load_year(self, year: int) -> YearDeclarations:
        """Load and cross-check all declarations of a year.

        Raises DeclarationError that names file and line; all faults of one kind of declaration are reported together.
        Raises UsageError for a year without a questionnaire.
        """
        return _load_year(self, year, self.fingerprint(year))

    def _load_year(self, year: int) -> YearDeclarations:
        self.expect_year(year)
        reference = load_reference(self.reference_folder)
        questionnaire = self._questionnaire(year)
        if not reference.surveyed(questionnaire.prefecture_code, questionnaire.reference_date):
            raise DeclarationError(
                reference="nobody-surveyed", where=self._read("questionnaires", year).where(("prefecture_code",)),
                found=f"no municipality of prefecture {questionnaire.prefecture_code} on {questionnaire.reference_date}",
                expected="a prefecture of municipalities.csv", fix="correct prefecture_code or reference_date",
            )  # fmt: skip
        figures, units = self._figures(year, questionnaire)
        before = self._questionnaire(year - 1) if year - 1 in self.years else None
        return YearDeclarations(
            questionnaire=questionnaire,
            rules=self._rules(year, questionnaire),
            units=units,
            figures=figures,
            relations=self._relations(year, figures),
            reference=reference,
            changes=self._compare(before, questionnaire) if before else None,
        )

    def crosswalk(self, before: int, after: int) -> Crosswalk:
        """The crosswalk between two declared years, given in any order, through every one between; the earlier one is `before`.

        Raises UsageError for a year that is not declared, DeclarationError for a declared change that cannot be.
        """
        first, last = sorted((before, after))
        for year in (first, last):
            self.expect_year(year)
        asked = [self.load_year(year).questionnaire for year in self.years if first <= year <= last]
        steps = [self._compare(*pair) for pair in pairwise(asked)]
        return reduce(compose, steps) if steps else self._compare(asked[0], asked[0])

    def _compare(self, before: Questionnaire, after: Questionnaire) -> Crosswalk:
        try:
            return compare_questionnaires(before, after)
        except CrosswalkError as error:
            document = self._read("questionnaires", after.year)
            raise DeclarationError(
                reference="invalid-change", where=document.where(("changes",)), found=str(error),
                expected=f"options of the questionnaire of {before.year}", fix="correct `merges`",
            ) from error  # fmt: skip

    def expect_year(self, year: int) -> None:
        """Raise UsageError, with the years that are declared, unless this one is."""
        if year not in self.years:
            raise UsageError(
                reference="unknown-year", where=str(self.declarations / "questionnaires"), found=str(year),
                expected=", ".join(map(str, self.years)) or "a questionnaire",
                fix="choose a declared year, or declare the year's questionnaire",
            )  # fmt: skip

    def _read(self, kind: str, year: int) -> YamlDocument:
        return read_year(self.declarations / kind, year)

    def _questionnaire(self, year: int) -> Questionnaire:
        document = self._read("questionnaires", year)
        try:
            questionnaire = resolve_code_lists(parse_model(document, Questionnaire))
        except ValueError as error:
            if isinstance(error, DeclarationError):
                raise
            raise DeclarationError(
                reference="unknown-code-list", where=document.where(()), found=str(error),
                fix="correct the name, or declare the list in code_lists",
            ) from error  # fmt: skip
        raise_all([
            _fault(document, "invalid-questionnaire", path[0], complaint)
            for path, complaint in questionnaire_faults(questionnaire)
        ])  # fmt: skip
        raise_all([
            _fault(document, "invalid-questionnaire", name, complaint) for name, complaint in sheet_faults(questionnaire)
        ])  # fmt: skip
        raise_all([
            _fault(document, "invalid-questionnaire", change.question, f"changes: {change.since} is no declared year")
            for change in questionnaire.changes if change.since not in self.years
        ])  # fmt: skip
        return questionnaire

    def _figures(self, year: int, questionnaire: Questionnaire) -> tuple[dict[str, Figure], dict[str, Unit]]:
        document = self._read("figures", year)
        file = parse_model(document, FigureFile)
        raise_all([_fault(document, "invalid-figure", *fault) for fault in figure_faults(file, questionnaire)])
        figures = {figure.id: figure for figure in expand_figures(file, questionnaire)}
        return figures, {unit.id: unit for unit in file.units}

    def _rules(self, year: int, questionnaire: Questionnaire) -> tuple[Rule, ...]:
        document = self._read("rules", year)
        file = parse_model(document, RuleFile)
        raise_all([_fault(document, "invalid-rule", *fault) for fault in rule_faults(file, questionnaire)])
        return file.rules

    def _relations(self, year: int, figures: dict[str, Figure]) -> tuple[Relation, ...]:
        document = self._read("relations", year)
        file = parse_model(document, RelationFile)
        ids = [relation.id for relation in file.relations]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        raise_all([_fault(document, "invalid-relation", name, "relation id is used twice") for name in twice])
        raise_all([
            DeclarationError(
                reference="undeclared-figure", where=_locate(document, owner), found=name,
                expected=f"a declared figure; nearest: {near}",
                fix=f"correct the id, or declare it in figures/{year}.yaml",
            )
            for owner, name, near in relation_faults(file, figures)
        ])  # fmt: skip
        return file.relations

    def fingerprint(self, year: int) -> str:
        """SHA-256 over every declaration file that the year's run reads (the whole survey root's declarations)."""
        digest = hashlib.sha256(str(year).encode())
        for path in self.declaration_files(year):
            digest.update(path.relative_to(self.root).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def declaration_files(self, year: int) -> list[Path]:
        """Every file that declares something for the year, sorted by path."""
        folders = [*(self.declarations / kind for kind in KINDS), self.report_folder, self.reference_folder]
        # An editor's own files, as Word's while a template is open, declare nothing.
        found = [
            p for folder in folders for p in folder.glob("*") if p.is_file() and not p.name.startswith(("~$", "."))
        ]
        found += self.prose_folder(year).glob("*.md")
        models = [path for path in self.section_models.rglob("*") if path.is_file()]
        found += [path for path in models if path.parent.name != "unit_tests"]
        return sorted(found)


@lru_cache(maxsize=16)
def _load_year(survey: Survey, year: int, fingerprint: str) -> YearDeclarations:
    """Declarations are read again only when one of their files has changed."""
    return survey._load_year(year)  # noqa: SLF001 - the method that it keeps the result of


def _locate(document: YamlDocument, name: str) -> str:
    """Return `file:line, '<name>'` of the entry whose id is `name`."""
    for key_path in document.positions:
        if key_path and key_path[-1] == "id":
            node: object = document.data
            for part in key_path:
                node = node[part]  # type: ignore[index]
            if node == name:
                return f"{document.where(key_path)}, '{name}'"
    return f"{document.where(())}, '{name}'"


def _fault(document: YamlDocument, reference: str, name: str, complaint: str) -> DeclarationError:
    return DeclarationError(
        reference=reference, where=_locate(document, name), found=complaint, fix="correct the declaration"
    )
