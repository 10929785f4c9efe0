"""app/cli_inspection.py — the commands of the inspection: run it, list former runs, answer for a manual check, print the report."""

from __future__ import annotations

from pathlib import Path

import click

from app import wording
from app.inspection import PHASES, tell
from app.inspection.words import place_words, scope_words
from app.reports.four_nature_report import InspectionWishes
from app.session import Session, pass_session, progress
from app.station import Station
from storage.records import Kind, Subject
from storage.records.inspection import InspectionRun, Scope, Verdict


@click.command("inspect")
@click.option("--phase", type=click.Choice(PHASES), default="GD", show_default=True, help="GD filing, YJ transfer, CQ keeping.")
@click.option("--category")
@click.option("--year", type=int)
@click.option("--volume", "volume_code", default="", help="One volume with its items, by its reference code.")
@click.option("--item", "item_code", default="", help="One record, by its reference code.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the report (PDF) here.")
@pass_session
def inspect_command(
    session: Session, phase: str, category: str | None, year: int | None, volume_code: str, item_code: str, out: Path | None
) -> None:
    """四性检测: look whether records are authentic, complete, usable and safe. Changes nothing."""
    with session.station() as station, progress(wording.say("cli.inspecting")) as step:
        station.archive.index.catch_up()
        scope = _scope(station, category, year, volume_code, item_code)
        run = station.inspection.run(phase, scope, lambda done, total, stage: step(done, total, stage_words(stage)))
        _answer(session, station, run)
        if out is not None:
            pdf = station.report("four_nature_report", InspectionWishes(run.id, station.agent.name, run.finished_at[:10],
                                                                        wording.language()))  # fmt: skip
            station.export(pdf, out, "report:four_nature_report")


@click.command("inspections")
@pass_session
def inspections_command(session: Session) -> None:
    """Former inspections, the newest first."""
    with session.station() as station:
        for run in station.inspection.history():
            session.answer(
                {"inspection": run.id, "phase": run.phase, "scope": run.scope, "at": run.finished_at, "by": run.agent_name,
                 "result": run.result.value, "found": run.found},
                f"{run.id}\t{run.finished_at}\t{run.phase}\t{scope_words(run.scope)}\t"
                f"{wording.say(f'inspection_verdict.{run.result.value}')}\t{run.found}",
            )  # fmt: skip


@click.command("attest")
@click.argument("inspection", type=int)
@click.argument("check")
@click.argument("verdict", type=click.Choice([Verdict.PASSED.value, Verdict.FAILED.value]))
@click.option("--note", default="")
@pass_session
def attest_command(session: Session, inspection: int, check: str, verdict: str, note: str) -> None:
    """Answer for a check that no program can do."""
    with session.station() as station:
        station.inspection.attest(inspection, check, Verdict(verdict), note)
        session.answer({"inspection": inspection, "check": check, "verdict": verdict}, wording.say("inspection.attest_saved"))


def stage_words(stage: str) -> str:
    return wording.say(f"inspection_stage.{stage}")


def _scope(station: Station, category: str | None, year: int | None, volume_code: str, item_code: str) -> Scope:
    if volume_code:
        return Scope(subject=Subject(Kind.VOLUME, station.archive.queries.volume_by_code(volume_code).id))
    if item_code:
        return Scope(subject=Subject(Kind.ITEM, station.item_by_code(item_code).id))
    return Scope(category, year)


def _answer(session: Session, station: Station, run: InspectionRun) -> None:
    """One line for each check that found nothing, one for each fault."""
    for result in run.results:
        if not result.found:
            verdict = result.verdict.value
            session.answer(
                {"check": result.code, "ok": True, "object": "", "detail": verdict},
                f"{'✓' if result.verdict is Verdict.PASSED else '·'} {result.code} "
                f"{station.inspection.catalogue.check(result.code).title()}  {wording.say(f'inspection_verdict.{verdict}')}",
            )  # fmt: skip
    findings = station.inspection.findings(run.id)
    names = station.inspection.names([one.fault.subject for one in findings if one.fault.subject is not None])
    for one in findings:
        session.found()
        fault = one.fault
        code = names[fault.subject][0] if fault.subject in names else ""
        told = tell(fault)
        place = place_words(fault, code)
        session.answer(
            {"check": fault.code, "ok": False, "object": place, "detail": told.what, "severity": fault.severity.value,
             "key": fault.key, "facts": fault.facts},
            f"✗ {fault.code} {place}  {told.what} {told.todo}",
        )  # fmt: skip
