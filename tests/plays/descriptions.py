"""tests/plays/descriptions.py — records corrected, divided, merged, renumbered, edited in bulk and given back."""

from __future__ import annotations

from dataclasses import replace

from storage.records import Retention
from storage.records.descriptions import Part
from storage.records.volumes import VolumeDraft
from tests.stations import FONDS, draft


def play(house, act):  # type: ignore[no-untyped-def]
    queries = house.archive.queries

    def seen(item_id: int) -> int:
        return queries.item(item_id).changed_seq

    attachment, better, several, inside, beside = (
        house.receive(f"description {which}".encode()) for which in ("attachment", "better", "several", "inside", "beside")
    )
    one = house.file(house.receive(b"description one")).id
    act("correct", lambda change: change.correct(one, draft(title="样本更正"), "样本理由", seen(one)))
    act("add_document", lambda change: change.add_document(one, attachment))
    first, second = queries.documents(one)
    act("replace_document", lambda change: change.replace_document(first.id, better))
    first = queries.documents(one)[0]
    act("order_documents", lambda change: change.order_documents(one, [(second.id, "main"), (first.id, "attachment")]))
    act("order_pages", lambda change: change.order_pages(first.id, [1]))
    act("split_item", lambda change: change.split_item(
        one, {first.id: None}, draft(), (FONDS.number, "WS", "2026", "D10", ""), lambda n: f"split {n}", seen(one)))
    act("split_arrival", lambda change: change.split_arrival(
        several, [Part((1,), draft())], FONDS.number,
        lambda wanted: (FONDS.number, wanted.category, "2026", "D10", ""), lambda _wanted, n: f"part {n}"))
    series = replace(draft(), retention=Retention.D30)
    act("renumber", lambda change: change.renumber(
        one, series, ("a",), ("b",), lambda n: f"anew {n}", "样本理由", seen(one)))
    bulk = act("bulk_edit", lambda change: change.bulk_edit(
        [(one, seen(one), {"remarks": "样本备注"})], {"remarks": "set"}, "样本理由"))
    act("undo_bulk", lambda change: change.undo_bulk(bulk, "样本理由"))
    template = act("keep_template", lambda change: change.keep_template("样本模板", draft()))
    act("drop_template", lambda change: change.drop_template(template))

    volume = act("open_volume", lambda change: change.open_volume(VolumeDraft(title="样本案卷", category="WS", year=2026), FONDS.number))
    papers = [
        act("file_into", lambda change, arrival=arrival: change.file_into(arrival, draft(), volume))
        for arrival in (inside, beside)
    ]
    held = queries.item(papers[0]).draft
    act("describe", lambda change: change.describe(papers[0], replace(held, title="样本"), "", seen(papers[0])))
    act("merge", lambda change: change.merge(papers[0], papers[1], "样本理由", (seen(papers[0]), seen(papers[1]))))
