"""tests/station_year.py — a year of a station, played through its own doors: what comes in, is arranged, used, sealed, destroyed.

One seed is one year. Everything goes through the services of the station, by three people; nothing is written past them.
People, cases and offices are samples and belong to nobody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from app.description.bulk import BulkEdits, Do, Edit
from app.description.documents import Documents
from app.disposal import Disposal, Outcome
from app.lending import Lending
from app.sealing import Sealing
from app.station import Station
from storage.records import Agent, Item, Kind, Retention, Role, Subject
from storage.records.disposal import Opinion
from storage.records.lending import Loan, LoanDraft, LoanMode
from storage.records.people import EntityDraft, EntityKind, Purpose
from storage.records.people import Part as NamedAs
from storage.records.scheme import Place, PlaceKind, RelationType, RetentionRule
from storage.records.sealing import ConsultationRequest
from storage.records.volumes import Volume, VolumeDraft, VolumePart
from sync import headquarters
from sync.exchange import Round
from tests import stations
from tests.stations import ADMINISTRATOR, FONDS, PASSPHRASE, House, admit, draft

TODAY = date(2026, 11, 22)
DEPUTY, CLERK = "样本·副所长", "样本·内勤"
WORDS = "样本 夜巡 登记 纠纷 走访 消防 检查 通报 培训 会议 报告 申请 笔录 清单 告知 证明 统计 计划 总结 请示".split()
BY_ITEM = (("WS", Retention.D10), ("WS", Retention.PERMANENT), ("WS", Retention.D30), ("ZY·TH", Retention.D30))
CASES = (
    ("ZY·XZ", Retention.D30, ("受案登记表", "行政处罚决定书", "询问笔录", "送达回执")),
    ("ZY·XS", Retention.PERMANENT, ("立案决定书", "拘留证", "讯问笔录", "起诉意见书副本")),
    ("ZY·TJ", Retention.D10, ("调解申请", "调解笔录", "调解协议书")),
    ("WS", Retention.D30, ("请示", "批复", "附件")),
)


@dataclass
class Year:
    """The station after its year, and what the player knows of it."""

    station: Station
    house: House
    office: Path
    stick: Path
    chance: random.Random
    items: list[int] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    sealed_words: list[str] = field(default_factory=list)
    destroyed_words: list[str] = field(default_factory=list)
    kept_old: dict[str, Subject] = field(default_factory=dict)
    outcome: Outcome | None = None
    papers: int = 0
    consulted: list[str] = field(default_factory=list)

    @property
    def clerk(self) -> Agent:
        return self._agent(CLERK)

    @property
    def deputy(self) -> Agent:
        return self._agent(DEPUTY)

    def _agent(self, name: str) -> Agent:
        agent = self.station.archive.queries.agent(name)
        assert agent is not None
        return agent

    # -- what happens again and again

    def arrive(self, text: str) -> int:
        """A paper with these words on it."""
        self.papers += 1
        return self.house.receive(f"{text} 第{self.papers}号".encode(), f"{self.papers:04d}.txt")

    def word(self) -> str:
        return self.chance.choice(WORDS)

    def unique(self) -> str:
        """A word that stands in one paper only."""
        return f"独字{self.papers:04d}{self.chance.randrange(10**6):06d}"

    def item(self, text: str = "", **fields: object) -> Item:
        """A paper of its own, filed."""
        category, retention = self.chance.choice(BY_ITEM)
        values: dict[str, object] = {
            "title": f"关于{self.word()}{self.word()}的{self.word()}",
            "category": category,
            "retention": retention,
            "office": self.chance.choice(("", "", "XZ", "ZA")),
            "doc_date": f"2026{self.chance.randint(1, 10):02d}{self.chance.randint(1, 28):02d}",
            "document_no": f"样公〔2026〕{self.papers + 1000}号",
        }
        made = self.station.file(self.arrive(text or self.word()), draft(**values | fields))
        self.items.append(made.id)
        return made

    def volume(self, number: int, words: str = "", **fields: object) -> Volume:
        """A volume opened, filled, put in order and filed."""
        category, retention, kinds = CASES[number % len(CASES)]
        case = category.startswith("ZY·X")
        values: dict[str, object] = {
            "title": f"样本{self.word()}案卷{number}{words}",
            "category": category,
            "year": 2026,
            "retention": retention,
            "part": VolumePart.MAIN if case else VolumePart.WHOLE,
            "date_from": "20260105",
            "date_to": "20260630",
            "accepted_on": "20260105" if case else "",
            "closed_on": "20260630",
            "decided_on": "20251201" if category == "ZY·XZ" else "",
            "case_no": f"A990099000000202601{number:04d}" if case else "",
            "maker": "样本甲",
            "made_on": "20260701",
            "checker": "样本乙",
        }
        volumes = self.station.volumes
        opened = volumes.open(VolumeDraft(**values | fields))  # type: ignore[arg-type]
        year = opened.draft.year
        for kind in self.chance.sample(kinds, len(kinds)):
            filed = volumes.file_into(
                self.arrive(f"{kind} {self.word()} {words}"),
                draft(title=f"{kind}（样本{number}）{words}", doc_date=f"{year}0310", year=year, document_type=kind),
                opened.id,
            )
            self.items.append(filed.id)
        volumes.arrange(opened.id)
        if self.chance.random() < 0.3:
            order = [item.id for item in volumes.items(opened.id)]
            self.chance.shuffle(order)
            volumes.order(opened.id, order)
        volumes.number_pages(opened.id)
        return volumes.file(opened.id).volume

    def loan(self, subject: Subject, *, back: bool) -> Loan:
        """Asked for by the clerk, approved by the deputy, handed out, and perhaps brought back."""
        asked = Lending(self.station.archive, self.clerk)
        request = LoanDraft("样本借阅人", "样本单位", "样本证件", "样本电话", "work", "样本依据", "样公函1号", LoanMode.LEND)
        loan = asked.request(request, [subject], TODAY)
        for approver in (self.station.agent, self.deputy):
            desk = Lending(self.station.archive, approver)
            if desk.loan(loan.id).state.value == "requested":
                desk.approve(loan.id, "样本同意")
        loan = asked.lend(loan.id, asked.due(LoanMode.LEND, TODAY), {subject: "完好"}, TODAY)
        if back:
            loan = asked.take_back(loan.id, {subject: "完好"})
            asked.effect(loan.id, "样本：查清一事")
        return loan

    def deliver(self) -> Round:
        """By stick, to headquarters and back."""
        station = self.station
        station.sync(self.stick)
        headquarters.receive(self.office, self.stick)
        return station.sync(self.stick)


def found(folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> Year:
    """The station on the first of January: three people, a headquarters, the shipped scheme."""
    station, _key = stations.station(folder, monkeypatch)
    admit(station, DEPUTY, Role.ADMINISTRATOR, f"{PASSPHRASE} 二")
    admit(station, CLERK, Role.CLERK, f"{PASSPHRASE} 三")
    office, stick = folder / "office", folder / "stick"
    stick.mkdir()
    headquarters.create(office, "样本分局档案室", "https://127.0.0.1:8443")
    enrolment = folder / "enrolment.json"
    enrolment.write_bytes(headquarters.enrol(office, station.archive.folder / "station.json", None))
    station.enrol(enrolment)
    return Year(station, House.around(station.archive), office, stick, random.Random(seed))


def play(year: Year, *, items: int = 600, volumes: int = 80) -> Year:
    """The year itself: `items` records in all, of which those in `volumes` volumes."""
    station, chance = year.station, year.chance
    archive = station.archive

    # What is left from years ago and falls due now.
    old: dict[str, object] = {"category": "WS", "retention": Retention.D10, "office": "", "year": 2012, "doc_date": "20120310"}
    for name in ("held", "lent", "corrected", "extended", "sealed"):
        year.kept_old[name] = Subject(Kind.ITEM, year.item(f"旧文 {name}", **old).id)
    for _ in range(12):
        word = year.unique()
        year.destroyed_words.append(word)
        year.item(f"旧文 {word}", **old, title=f"旧年样本 {word}")
    for number in (2, 6):
        word = year.unique()
        year.destroyed_words.append(word)
        span = {"date_from": "20120105", "date_to": "20121230", "closed_on": "20121230", "made_on": "20130105"}
        year.volumes.append(year.volume(number, word, year=2012, **span))

    # The daily work.
    for number in range(volumes - 2):
        year.volumes.append(year.volume(number))
        for _ in range(chance.randint(2, 4)):
            year.item()
    sealed = []
    for number in range(3):
        word = year.unique()
        year.sealed_words.append(word)
        sealed.append(year.volume(4 * number, word, decided_on="20260520"))
    while len(year.items) < items - 20:
        year.item()
    _bring_in(year, 20)

    # Mistakes are made good.
    singles = [id for id in year.items if archive.queries.items_by_id([id]) and not station.item(id).volume_id]
    fresh = [id for id in singles if station.item(id).year == 2026]
    for id in chance.sample(fresh, 30):
        item = archive.queries.item(id)
        station.description.correct(id, replace(item.draft, title=f"{item.title}（更正）"), "样本：题名有误", item.changed_seq)
    for id in chance.sample(fresh, 5):
        item = archive.queries.item(id)
        station.description.renumber(id, "WS", 2026, Retention.PERMANENT, "BGS", "样本：期限定错", item.changed_seq)
    bulk = BulkEdits(archive, station.agent)
    many = chance.sample(fresh, 60)
    edit = {"remarks": Edit(Do.SET, "样本：批量备注"), "subjects": Edit(Do.ADD, "样本主题")}
    kept = bulk.apply(bulk.preview(many[:30], edit), "样本：补备注")
    gone = bulk.apply(bulk.preview(many[30:], edit), "样本：改错了")
    assert kept != gone
    bulk.undo(gone, "样本：撤回")

    _arrange_more(year, [id for id in fresh if id not in many])

    # Used, held, sealed, delivered.
    visible = [volume for volume in year.volumes if volume.year == 2026 and volume not in sealed]
    for number, volume in enumerate(chance.sample(visible, 20)):
        year.loan(Subject(Kind.VOLUME, volume.id), back=number % 4 != 0)
    year.loan(year.kept_old["lent"], back=False)
    disposal = Disposal(archive, station.agent)
    disposal.place_hold(year.kept_old["held"], "样本：诉讼中")
    year.deliver()
    corrected = archive.queries.item(year.kept_old["corrected"].id)
    station.description.correct(
        corrected.id, replace(corrected.draft, remarks="样本：送达后又改"), "样本", corrected.changed_seq
    )
    Sealing(archive, station.agent).seal(year.kept_old["sealed"], "样本依据")
    _dispose(year)
    _consult(year)
    year.deliver()
    archive.index.catch_up()
    return year


def _arrange_more(year: Year, fresh: list[int]) -> None:
    """Files added and replaced, a record divided, two papers of a volume made one, a pattern kept; places, ties, names."""
    station, chance = year.station, year.chance
    archive = station.archive
    documents = Documents(archive, station.agent)
    taken = chance.sample(fresh, 12)
    for id in taken[:4]:
        documents.add(id, year.arrive("附件"))
    for id in taken[4:7]:
        documents.replace(id, documents.of(id)[0].document.id, year.arrive("重扫"))
    whole = archive.queries.item(taken[0])
    attached = documents.of(whole.id)[1].document.id
    for id in taken[1:4]:
        item = archive.queries.item(id)
        wanted = replace(item.draft, page_count=2, attachment_count=1)
        station.description.correct(id, wanted, "样本：补附件", item.changed_seq)
    divided = documents.split_item(
        whole.id, {attached: None}, replace(whole.draft, title="样本分出的一件", document_no=""), whole.changed_seq
    )
    documents.order(divided.id, [(documents.of(divided.id)[0].document.id, "main")])
    year.items.append(divided.id)

    opened = station.volumes.open(
        VolumeDraft(
            "样本并件案卷", "WS", 2026, Retention.D30, date_from="20260101", date_to="20260630", maker="样本甲",
            made_on="20260701", checker="样本乙",
        )
    )  # fmt: skip
    one, other = (station.volumes.file_into(year.arrive("并"), draft(title="样本来文"), opened.id) for _ in range(2))
    seen = tuple(archive.queries.item(item.id).changed_seq for item in (one, other))
    joined = documents.merge(one.id, other.id, "样本：同一件", (seen[0], seen[1]))
    station.description.correct(joined.id, replace(joined.draft, page_count=2), "样本：两页", joined.changed_seq)
    station.volumes.number_pages(opened.id)
    year.volumes.append(station.volumes.file(opened.id).volume)

    kept = station.description.keep_template("样本模板", whole.draft)
    station.description.drop_template(kept)
    scheme = station.scheme
    room = scheme.keep_place(Place(PlaceKind.ROOM, "一库"))
    cabinet = scheme.keep_place(Place(PlaceKind.CABINET, "1柜", parent_id=room))
    scheme.put_away([Subject(Kind.VOLUME, volume.id) for volume in year.volumes[10:40] if archive_has(year, volume)], cabinet)
    scheme.relate(Subject(Kind.ITEM, taken[8]), RelationType.SEE_ALSO, Subject(Kind.ITEM, taken[9]))
    named = EntityDraft(EntityKind.PERSON, "样本人员", id_number="990101198001010012")
    station.people.name(Subject(Kind.ITEM, taken[10]), named, NamedAs.CONCERNED)
    station.people.disclose(Subject(Kind.ITEM, taken[10]), Purpose.ARRANGING)
    station.view(taken[10])
    station.people.look_up("样本人员", Purpose.CASE, "样本依据")
    scheme.keep_rule(RetentionRule("ZY·TH", "登记簿", Retention.PERMANENT, "样本：本局规定"), TODAY)


def archive_has(year: Year, volume: Volume) -> bool:
    """Whether a volume may still be seen."""
    return bool(year.station.archive.queries.volumes_by_id([volume.id]))


def _consult(year: Year) -> None:
    """Another unit asks by law for one sealed case; the deputy approves, the clerk looks, the request is closed."""
    archive = year.station.archive
    clerk, deputy = Sealing(archive, year.clerk), Sealing(archive, year.deputy)
    word = year.sealed_words[0]
    asked = clerk.request(ConsultationRequest("样本单位", "样本人", "case_handling", "样公函2号", "样本办案", (word,)))
    deputy.approve(asked.id, date.today(), "样本同意", notified=True)
    (case,) = clerk.find(asked.id, word)
    _volume, papers = clerk.open_volume(asked.id, case.subject.id)
    year.consulted = [clerk.open_item(asked.id, paper.subject.id).item.title for paper in papers]
    clerk.close(asked.id, "样本：已查")


def _bring_in(year: Year, rows: int) -> None:
    """A catalogue of papers from before the program."""
    lines = ["题名,责任者,文号,日期,门类,年度,保管期限,件号,页数,档号"]
    for number in range(1, rows + 1):
        code = f"{FONDS.number}-WS·2009-Y-{number:04d}"
        lines.append(f"样本旧目录第{number}件,样本派出所,样公〔2009〕{number}号,2009-03-05,WS,2009,永久,{number},3,{code}")
    file = year.stick.parent / "catalogue.csv"
    file.write_text("\n".join(lines), "utf-8-sig")
    interchange = year.station.interchange
    catalogue = interchange.read(file)
    trial = interchange.try_out(catalogue, interchange.suggest(catalogue))
    assert trial.clean, trial
    year.items += interchange.take_in(trial).ids


def _dispose(year: Year) -> None:
    """What is due is appraised by the clerk, approved by the chief, carried out by the clerk."""
    archive, station = year.station.archive, year.station
    clerk, chief = Disposal(archive, year.clerk), Disposal(archive, station.agent)
    batch = clerk.open_appraisal(TODAY, ("样本甲", "样本乙", "样本丙"), TODAY)
    subjects = [line.subject for line in clerk.lines(batch.id, TODAY)]
    longer = [year.kept_old["extended"]]
    clerk.appraise(batch.id, longer, Opinion.EXTEND, TODAY, "样本：仍有用", "20360101")
    rest = [subject for subject in subjects if subject not in longer]
    clerk.appraise(batch.id, rest, Opinion.DESTROY, TODAY, "样本：保管期限已满")
    clerk.submit(batch.id, "样本鉴定报告")
    chief.approve(batch.id, "样本同意")
    expected = sum(line.opinion is Opinion.DESTROY and not line.result for line in clerk.lines(batch.id, TODAY))
    year.outcome = chief.carry_out(batch.id, "样本销毁点", "粉碎", ("样本监销甲", "样本监销乙"), expected, TODAY)


__all__ = ["ADMINISTRATOR", "TODAY", "Year", "found", "play"]
