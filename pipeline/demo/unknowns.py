"""What is to be found for every subject and question, and what the questionnaire itself demands of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipeline.demo.taste import Taste
from pipeline.demo.world import Subject, World, is_open
from pipeline.program import Program, Sum, total
from schemas.questionnaire import NOT_LISTED, Block, Condition, Question, block_questions
from schemas.reference import RegisterEntity

Key = tuple[str, str]
Settled = Callable[[str, str, str], int]
"""Says, as 0 or 1, whether a municipality chose an option in an earlier program: (code, question, option)."""


class Unknowns:
    """The unknowns of a set of subjects: a switch for every option, a number for every count and date.

    `settled` answers for municipality questions that an earlier program has solved.
    """

    def __init__(
        self,
        world: World,
        program: Program,
        subjects: Iterable[Subject],
        taste: Taste,
        settled: Settled | None = None,
    ) -> None:
        self.world = world
        self.program = program
        self.subjects = {subject.key: subject for subject in subjects}
        self.switches: dict[tuple[Key, str], dict[str, Sum]] = {}
        self.numbers: dict[tuple[Key, str], Sum] = {}
        self.row_counts: dict[tuple[str, str, str], Sum] = {}
        self._asked: dict[tuple[Key, str], Sum] = {}
        self._block_asked: dict[tuple[str, str], Sum] = {}
        self._taste = taste
        self._settled = settled
        for subject in self.subjects.values():
            for question in subject.block.questions:
                self._add_switches(subject, question)
        for block in world.questionnaire.blocks:
            if is_open(block) and settled is None:
                self._add_row_counts(block)
        self._settle_routing()
        self._add_numbers()
        self._silent = self._add_silence()
        for subject in self.subjects.values():
            for question in subject.block.questions:
                self._bind(subject, question)
        self._bind_tables()

    @property
    def is_first(self) -> bool:
        """True for the program that solves everything but the contents of open tables."""
        return self._settled is None

    def chosen(self, subject: Subject, question_id: str, option: str) -> Sum:
        """1 where the subject (or the municipality whose answer counts for it) chose the option, else 0."""
        block = self.world.questionnaire.block_of[question_id]
        key = (block.id, subject.entity_id if block.id == subject.block.id else subject.code)
        if (key, question_id) in self.switches:
            return self.switches[key, question_id].get(option, Sum())
        if self._settled is not None and not block.is_table:
            return Sum(constant=self._settled(subject.code, question_id, option))
        return Sum()

    def asked(self, subject: Subject, question: Question) -> Sum:
        """1 where the question is put to the subject, else 0."""
        found = self._asked.get((subject.key, question.id))
        if found is None:
            conditions = (*subject.block.asked_if, *question.asked_if)
            found = self.program.all_of([self._holds(subject, c) for c in conditions])
            self._asked[subject.key, question.id] = found
        return found

    def block_asked(self, block: Block, code: str) -> Sum:
        """1 where a block is put to a municipality, else 0."""
        found = self._block_asked.get((block.id, code))
        if found is None:
            subject = Subject(block, code, code, (code,))
            found = self.program.all_of([self._holds(subject, c) for c in block.asked_if])
            self._block_asked[block.id, code] = found
        return found

    def _holds(self, subject: Subject, condition: Condition) -> Sum:
        return total(self.chosen(subject, condition.question, option) for option in condition.in_)

    def _add_switches(self, subject: Subject, question: Question) -> None:
        if question.choices and not self._taste.is_blank(subject, question):
            self.switches[subject.key, question.id] = {
                option.code: self.program.switch(cost=self._taste.choice_cost(subject, question, number))
                for number, option in enumerate(question.choices)
            }

    def _settle_routing(self) -> None:
        """Work out once who is asked what, before anything is solved."""
        for subject in self.subjects.values():
            for question in block_questions(subject.block):
                self.asked(subject, question)
        for block in self.world.questionnaire.blocks:
            for code in self.world.municipalities:
                self.block_asked(block, code)

    def _add_row_counts(self, block: Block) -> None:
        places = [(code, entity.entity_id if entity else "") for code, entity in self.world.open_places(block)]
        for (code, entity_id), wish in zip(places, self._taste.row_wishes(block, places), strict=True):
            count = self.program.unknown(0, block.total_capacity)
            self._wish(count, wish, Sum(constant=1), self._taste.row_price(block, code, entity_id))
            self.row_counts[block.id, code, entity_id] = count

    def _add_numbers(self) -> None:
        by_question: dict[str, list[Subject]] = {}
        for subject in self.subjects.values():
            for question in subject.block.questions:
                if question.type in ("count", "date") and not self._taste.is_blank(subject, question):
                    by_question.setdefault(question.id, []).append(subject)
        for question_id, subjects in by_question.items():
            question = self.world.questionnaire.questions[question_id]
            wishes = self._taste.number_wishes(question, subjects)
            for subject, wish in zip(subjects, wishes, strict=True):
                low, high = self._taste.number_range(question, wish)
                asked = self.asked(subject, question)
                number = self.program.unknown(min(low, 0), high)
                where = f"{question_id} of {subject.entity_id}"
                self.program.require(number - asked * low, 0, None, f"the least {where}")
                self.program.require(number - asked * high, None, 0, f"the most {where}")
                self._wish(number, wish, asked, self._taste.number_price(subject, question))
                self.numbers[subject.key, question_id] = number

    def _wish(self, number: Sum, wish: int, asked: Sum, price: int) -> None:
        """Make it cost to be far from the wish, where there is an answer at all."""
        distance = self.program.unknown(0, self.program.reach(number) + abs(wish), cost=price)
        self.program.require(number - asked * wish + distance, 0, None, "a distance")
        self.program.require(number - asked * wish - distance, None, 0, "a distance")

    def _bind(self, subject: Subject, question: Question) -> None:
        if question.type == "register" and not subject.block.is_table:
            self._bind_membership(subject, question)
        switches = self.switches.get((subject.key, question.id))
        if switches is None:
            return
        require, where = self.program.require, f"{question.id} of {subject.entity_id}"
        silent = self._silent.get((subject.key, question.id), Sum())
        asked, chosen = self.asked(subject, question) - silent, total(switches.values())
        if not question.is_multiple:
            require(chosen - asked, 0 if not question.is_optional else None, 0, f"one option in {where}")
            self._bind_kind(subject, question, switches)
            return
        if not question.is_optional:
            require(chosen - asked, 0, None, f"an option in {where}")
        for switch in switches.values():
            require(switch - asked, None, 0, f"no answer unasked in {where}")
        nones = [switches[o.code] for o in question.choices if o.is_none]
        others = total(switches[o.code] for o in question.choices if not o.is_none)
        for none in nones:
            require(others + none * len(switches), None, len(switches), f"nothing beside 特になし in {where}")
        if question.type == "matrix":
            for row in question.options:
                in_row = [s for code, s in switches.items() if code.split(".")[0] == row.code]
                require(total(in_row), None, 1, f"one column in {where}")

    def _registered(self, subject: Subject, register_question: str) -> RegisterEntity | None:
        """The entity that a subject's register question is about, from the register."""
        if subject.block.is_table:
            return subject.entity
        kind = self.world.questionnaire.questions[register_question].register_kind
        return next(iter(self.world.entities_of(subject.code, kind)), None)

    def _bind_kind(self, subject: Subject, question: Question, switches: dict[str, Sum]) -> None:
        """A question that repeats the kind of a registered entity says what the register says.

        Outside tables it is put to the members of such entities and to nobody else.
        """
        link = self._taste.habits.from_register.get(question.id)
        if link is None:
            return
        entity, asked = self._registered(subject, link), self.asked(subject, question)
        where = f"the register's kind in {question.id} of {subject.entity_id}"
        if entity is not None and entity.kind in switches:
            self.program.require(switches[entity.kind] - asked, 0, 0, where)
        if not subject.block.is_table and not asked.is_constant:
            self.program.require(asked, int(entity is not None), int(entity is not None), where)

    def _bind_membership(self, subject: Subject, question: Question) -> None:
        """A register question is put to members of such entities only, and to all of them unless their kind decides."""
        asked = self.asked(subject, question)
        if asked.is_constant or not self.world.entities(question.register_kind):
            return
        is_member = self._registered(subject, question.id) is not None
        decides = question.id in self._taste.habits.from_register.values()
        low = int(is_member and not decides)
        self.program.require(asked, low, int(is_member), f"the register's members in {question.id} of {subject.code}")

    def _bind_tables(self) -> None:
        for block in self.world.questionnaire.blocks:
            if not block.is_table or self._settled is not None:
                continue
            for code in self.world.municipalities:
                asked = self.block_asked(block, code)
                if is_open(block):
                    self._bind_open(block, code, asked)
                elif block.asked_if:
                    kind = self.world.questionnaire.questions[block.identity or ""].register_kind
                    if self.world.entities(kind):
                        count = int(bool(self.world.entities_of(code, kind)))
                        self.program.require(asked, count, count, f"the register's members in {block.id} of {code}")

    def _bind_open(self, block: Block, code: str, asked: Sum) -> None:
        counts = [count for (b, c, _), count in self.row_counts.items() if b == block.id and c == code]
        if counts:
            room = total(counts) - asked * block.total_capacity
            self.program.require(room, None, 0, f"room for {block.id} of {code}")
            if block.is_required:
                self.program.require(total(counts) - asked, 0, None, f"a row in {block.id} of {code}")

    def _add_silence(self) -> dict[tuple[Key, str], Sum]:
        """A switch for every subject that may leave a question without an answer, as many as the targets say."""
        silent: dict[tuple[Key, str], Sum] = {}
        for question_id, count in self._taste.targets.unanswered.items():
            own = {
                (subject.key, question_id): self.program.switch(cost=self._taste.silence_price(subject, question_id))
                for subject in self.subjects.values()
                if (subject.key, question_id) in self.switches
            }
            if own:
                self.program.require(total(own.values()), count, count, f"no answer to {question_id}", firmness=1)
            silent |= own
        return silent


def register_value(world: World, subject: Subject, question: Question) -> str:
    """The register id that a subject's register question names, or `not_listed`."""
    if subject.entity is not None and question.register_kind == subject.entity.entity_kind:
        return subject.entity.entity_id
    found = world.entities_of(subject.code, question.register_kind)
    return found[0].entity_id if found else NOT_LISTED
