"""`aisle report`: a folder of results in, a page and tables out; and whatever may be wrong or missing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aisle.analysis.object_tables import write_hands, write_interactions, write_objects, write_visits
from aisle.apps.report_reading import moment
from aisle.core.interaction import Interaction, InteractionKind, Visit
from aisle.data.sites import write_site
from pages import Page
from shops import AT_BREAD, AT_MILK, AT_TILL, FAR, SITE, gone, still, watched
from videos import make_video, numbered

from .conftest import Done, Run, files

UP, BACK = InteractionKind.PICKED_UP, InteractionKind.PUT_BACK


def did(kind: InteractionKind, at: float, track: int, zone: str = "milk") -> Interaction:
    return Interaction(kind, Fraction(at), Fraction(at) + Fraction(1, 2), track, zone)


def left_results(folder: Path, name: str = "monday", *, kept: Sequence[int] = (1, 2), video: bool = True) -> Path:
    """Four people: two take milk, or those of `kept`, one puts it back, one looks at the bread only."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.mp4"
    if video:
        make_video(path, [numbered(at, 200, 100) for at in range(10)], Fraction(1, 2))
    shopper = [*still(AT_MILK, 6), *still(AT_TILL, 3)]
    people = [shopper, [*gone(1), *shopper], [*gone(2), *still(AT_MILK, 5), *still(FAR, 2)], still(AT_BREAD, 4)]
    observed = replace(watched(*people, still(FAR, 20)), duration=Fraction(20))
    observed = replace(observed, info=replace(observed.info, path=str(path)))
    done = [did(UP, 3, track) for track in (1, 2, 3)] + [
        did(BACK, 5, track) for track in (1, 2, 3) if track not in kept
    ]
    write_objects(observed, folder / f"{name}.objects.parquet")
    write_hands(observed, folder / f"{name}.hands.parquet")
    write_interactions(done, folder / f"{name}.interactions.csv", video=str(path))
    visits = [Visit(track, Fraction(0), Fraction(end), int(track in kept)) for track, end in ((1, 9), (2, 10), (3, 9))]
    write_visits([*visits, Visit(5, Fraction(0), Fraction(20), 1)], folder / f"{name}.visits.csv", video=str(path))
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = left_results(tmp_path / "results")
    write_site(SITE, folder / "site.yaml", (200, 100))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def notes(done: Done) -> str:
    return " ".join(line for line in done.err.splitlines() if line.startswith("note: "))


def test_a_report_is_a_page_and_tables(aisle: Run, results: Path) -> None:
    done = aisle("report", results, "--started", "2026-11-30 08:59:55")
    assert done.code == 0
    made = ["report.hours.csv", "report.html", "report.visits.csv"]
    assert [name for name in files(results) if name.startswith("report")] == made
    page = Page.read(results / "report.html")
    page.hold_to_the_policy()
    assert page.texts["h1"] == ["corner shop"]
    for words in ("who inspects also takes", "67%", "Of 3 visits on which a product was in the hand", "2026-11-30"):
        assert words in page.text
    assert len(page.all("img")) == 2
    hours = rows(results / "report.hours.csv")
    found = [(row["shelf"], row["hour"][-5:], row["visits"], row["took"]) for row in hours]
    assert found[:2] == [("milk", "08:00", "3", "2"), ("milk", "09:00", "0", "0")]
    assert found[2:] == [("bread", "08:00", "1", "0"), ("bread", "09:00", "0", "0")]
    assert hours[0]["products_returned"] == "1"
    visits = rows(results / "report.visits.csv")
    assert {row["person"] for row in visits} == {"1", "2", "3", "4"}
    assert ["took", "2"] in [line.split() for line in done.out.splitlines()]


def test_hours_count_from_the_start_where_the_clock_is_not_known(aisle: Run, results: Path) -> None:
    done = aisle("report", results)
    assert "When the recordings began is not known" in notes(done)
    assert {row["hour"] for row in rows(results / "report.hours.csv")} == {"hour 1"}
    assert "hours count from their start" in Page.read(results / "report.html").text


def test_a_video_without_people_gives_a_page_that_says_so(aisle: Run, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    write_objects(watched(gone(5)), folder / "night.objects.parquet")
    done = aisle("report", folder)
    assert (done.code, "No person was found" in notes(done)) == (0, True)
    page = Page.read(folder / "report.html")
    page.hold_to_the_policy()
    for words in ("No person was found", "Where the shelves are is not known", "aisle site edit", "0 people"):
        assert words in page.text
    assert files(folder) == ["night.objects.parquet", "report.html"]


def test_without_a_site_it_says_how_to_begin_one_and_shows_where_people_were(aisle: Run, tmp_path: Path) -> None:
    folder = left_results(tmp_path / "results", video=False)
    assert aisle("report", folder, "--quiet").err == ""
    page = Page.read(folder / "report.html")
    assert "aisle site edit" in page.text
    assert "is not where it was" in page.text
    assert (len(page.all("img")), "Shelf by shelf" in page.text) == (2, False)


def test_without_interactions_visits_are_told_all_the_same(aisle: Run, results: Path) -> None:
    (results / "monday.interactions.csv").unlink()
    done = aisle("report", results)
    assert "What people took and put back is not known" in notes(done)
    assert [row["visits"] for row in rows(results / "report.hours.csv")] == ["3", "1"]


def test_a_timeline_says_who_inspected(aisle: Run, results: Path) -> None:
    (results / "monday.interactions.csv").unlink()
    segment = '{"start_s": 0.2, "end_s": 0.8, "label": "inspect_product", "score": 1}'
    (results / "monday.json").write_text(f'{{"segments": [{segment}]}}', encoding="utf-8")
    assert aisle("report", results).code == 0
    assert sum(int(row["inspected"]) for row in rows(results / "report.visits.csv")) == 0  # of two shelves: whose?
    assert "do not count: people were at several shelves" in Page.read(results / "report.html").text


def test_two_periods_are_compared(aisle: Run, results: Path, tmp_path: Path) -> None:
    before = left_results(tmp_path / "before", kept=())
    done = aisle("report", results, "--against", before)
    assert done.code == 0
    page = Page.read(results / "report.html")
    assert "Fewer than 10 people" in page.text
    compared = {(row["shelf"], row["figure"]): row for row in rows(results / "report.compared.csv")}
    took = compared["all", "took something"]
    assert (took["before"], took["results"], took["difference"], took["beyond_chance"]) == ("0.0", "0.5", "0.5", "0")
    assert float(took["low"]) < 0.5 < float(took["high"])


def test_a_date_splits_a_folder(aisle: Run, results: Path, tmp_path: Path) -> None:
    left_results(results, "tuesday", kept=())
    table = tmp_path / "times.csv"
    table.write_text("video,started\nmonday.mp4,2026-11-30 09:00\ntuesday,2026-12-01 09:00\n", encoding="utf-8")
    done = aisle("report", results, "--started", table, "--split", "2026-12-01")
    assert done.code == 0
    assert {row["period"] for row in rows(results / "report.hours.csv")} == {"before 2026-12-01", "from 2026-12-01 on"}
    late = aisle("report", results, "--started", table, "--split", "2027-01-01")
    assert (late.code, "one of the two periods has no recording" in late.error) == (2, True)
    assert "whose start is known" in aisle("report", results, "--split", "2026-12-01").error


def till(folder: Path, *lines: str) -> Path:
    path = folder / "till.csv"
    path.write_text("\n".join(["time,product,quantity", *lines]) + "\n", encoding="utf-8")
    return path


STARTED = ("--started", "2026-11-30 09:00")


def test_the_till_gives_hints_and_no_verdict(aisle: Run, results: Path) -> None:
    sales = till(results, "2026-11-30 09:00:09,milk,1")
    done = aisle("report", results, *STARTED, "--till", sales)
    assert done.code == 0
    page = Page.read(results / "report.html")
    assert "Worth a look, beside the till" in page.text
    assert "says nothing about anybody's honesty" in page.text
    assert not {"theft", "thief", "stole", "stolen", "steal"} & set(page.text.lower().split())
    [hint] = rows(results / "report.till.csv")
    assert (hint["person"], hint["counted_in_pictures"], hint["sold_around_then"], hint["to_check"]) == (
        "2",
        "1",
        "0",
        "1",
    )


def test_clocks_of_other_kinds_are_set_right(aisle: Run, results: Path) -> None:
    words = ("--till-zone", "Europe/Vienna", "--till-offset", "5m")
    done = aisle("report", results, *STARTED, "--till", till(results, "2026-11-30 10:05:09,milk,1"), *words)
    assert (done.code, "No sale lies within" in notes(done)) == (0, False)
    assert [row["person"] for row in rows(results / "report.till.csv")] == ["2"]


def test_a_till_of_another_day_is_told(aisle: Run, results: Path) -> None:
    done = aisle("report", results, *STARTED, "--till", till(results, "2026-10-30 09:00:09,milk,1", "never,milk,1"))
    assert "No sale lies within the recordings" in notes(done)
    assert "till.csv:3: the time cannot be read; got: 'never'" in notes(done)
    assert "No sale lies within" in Page.read(results / "report.html").text


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--till-offset", "soon"), 2, "not a moment; got: 'soon'"),
        (("--till-zone", "Europe/Vena"), 2, "unknown time zone; got: 'Europe/Vena'"),
        (("--till-columns", "when"), 2, "told as OURS=THEIRS"),
        (("--till-columns", "price=time"), 2, "unknown column of a till"),
        (("--till-delimiter", "tab"), 2, "a delimiter is one sign"),
        (("--till-time", "%d.%d"), 1, "no line can be used: "),
        (("--till-offset", "1e999"), 2, "a till's clock is not so far off; got: 1e999"),
        (("--started", ""), 2, "not a date and time; got: ''"),
        (("--started", "9" * 400), 2, "not a date and time"),
        (("--out", "till.csv"), 2, "a report is a page; got: --out till.csv; allowed: a name that ends in .html"),
        (("--zone", "Mars/Base"), 2, "unknown time zone"),
        (("--split", "2026-12-01", "--against", "x"), 2, "a report compares two periods"),
        (
            ("--against", "nowhere"),
            2,
            "a report is made from files *.objects.parquet; got: nowhere, which is no folder",
        ),
        (("--site", "none.yaml"), 1, "cannot read none.yaml"),
    ],
)
def test_what_does_not_fit_is_refused(aisle: Run, results: Path, words: Sequence[str], code: int, told: str) -> None:
    done = aisle("report", results, *STARTED, "--till", till(results, "2026-11-30 09:00:09,milk,1"), *words)
    assert (done.code, told in done.errors[0]) == (code, True), done.err


def test_offsets_need_a_zone_to_be_compared_with(aisle: Run, results: Path) -> None:
    sales = till(results, "2026-11-30T10:00:09+01:00,milk,1")
    done = aisle("report", results, *STARTED, "--till", sales)
    assert (done.code, "carry a time zone" in done.error) == (2, True)
    assert (
        aisle("report", results, "--started", "2026-11-30 10:00", "--zone", "Europe/Vienna", "--till", sales).code == 0
    )


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("video,when\n", "the heading is another"),
        ("video,started\nfriday,2026-11-30 09:00\n", "times.csv:2: no such recording in the folder; got: friday"),
        ("video,started\nmonday,noon\n", "times.csv:2: not a date and time; got: 'noon'"),
    ],
)
def test_a_table_of_starts_is_checked(aisle: Run, results: Path, tmp_path: Path, table: str, told: str) -> None:
    file = tmp_path / "times.csv"
    file.write_text(table, encoding="utf-8")
    assert told in aisle("report", results, "--started", file).error


def test_clocks_that_are_put_back_do_not_stretch_a_recording(aisle: Run, results: Path) -> None:
    began = moment("2026-10-25 01:30", ZoneInfo("Europe/Vienna"))
    assert began + timedelta(hours=2) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    left_results(results, "tuesday", kept=())
    table = results / "times.csv"
    table.write_text("video,started\nmonday,2026-10-24 09:00\ntuesday,2026-10-26 00:00\n", encoding="utf-8")
    words = ("--started", table, "--zone", "Europe/Vienna", "--split", "2026-10-26")
    assert aisle("report", results, *words).code == 0
    assert {row["period"] for row in rows(results / "report.hours.csv")} == {"before 2026-10-26", "from 2026-10-26 on"}


def test_a_report_does_not_take_the_place_of_a_recording(aisle: Run, results: Path) -> None:
    left_results(results, "report")
    done = aisle("report", results)
    assert (done.code, "report-shop.html" in done.error) == (2, True)
    assert not (results / "report.html").exists()
    assert aisle("report", results, "--out", results / "report-shop.html").code == 0


def test_one_moment_does_not_start_two_recordings(aisle: Run, results: Path) -> None:
    left_results(results, "tuesday")
    assert "one moment is the start of one recording" in aisle("report", results, *STARTED).error


def test_a_damaged_recording_is_left_out_and_told(aisle: Run, results: Path) -> None:
    (results / "broken.objects.parquet").write_bytes(b"PAR1 not really")
    done = aisle("report", results)
    assert (done.code, "broken.objects.parquet" in notes(done)) == (0, True)
    assert "1 recording could not be read" in Page.read(results / "report.html").text
    (results / "monday.objects.parquet").unlink()
    assert aisle("report", results).code == 1


def test_a_folder_of_something_else_says_what_to_do(aisle: Run, tmp_path: Path) -> None:
    done = aisle("report", tmp_path)
    assert (done.code, "aisle detect VIDEO --out" in done.error) == (2, True)
