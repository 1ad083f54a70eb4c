"""Puts the figures of the last runs into the README, those of the networks into docs/choosing.md, between markers."""

from __future__ import annotations

from pathlib import Path

import record

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures: begin (make bench) -->", "<!-- figures: end -->"
CHOOSING = README.parent / "docs/choosing.md"
NETWORKS = "<!-- networks: begin (benchmarks/networks.py) -->", "<!-- networks: end -->"
TIMELINES = ("<!-- timelines: begin (benchmarks/timelines.py) -->", "<!-- timelines: end -->")


def rows() -> list[tuple[str, str, str]]:
    """What, measured, aim."""
    speed, startup, memory, accuracy = (record.load(name) for name in ("speed", "startup", "memory", "accuracy"))
    found: list[tuple[str, str, str]] = []
    if speed:
        best = speed["openvino-int8"]
        peak = best["gflops"] / best["peak_int8_gflops"]
        plain = speed["baseline"]["seconds_a_window"]
        found += [
            (
                "920x680, 30 frames/s video, whole path, int8",
                f"{best['times_real']:.2f} times real time",
                "3.5, better 5",
            ),
            (
                "the same beside PyTorch eager, 64-frame windows",
                f"{speed['times_baseline']:.0f} times as fast",
                "40, better 60",
            ),
            ("that baseline, for one answer (8 frames)", f"{plain:.1f} s", ""),
            ("decoding alone", f"{best['decode_fps']:.0f} frames/s", ""),
            ("inference alone, int8", f"{best['inference_fps']:.0f} frames/s, {best['gflops']:.0f} GFLOP/s", ""),
            (
                "share of the processor's measured int8 peak",
                f"{peak:.0%} of {best['peak_int8_gflops']:.0f} GFLOP/s",
                "",
            ),
        ]
        for name in ("bf16", "fp32"):
            other = speed[f"openvino-{name}"]
            share = f"{other['gflops'] / other['peak_fp32_gflops']:.0%} of the fp32 peak"
            found.append((f"inference alone, {name}", f"{other['inference_fps']:.0f} frames/s, {share}", ""))
        found.append(("peak memory of these measurements together", f"{best['memory_mb']:.0f} MB", ""))
    for runtime, said in accuracy.get("runtimes", {}).items():
        measured = f"{said['top5_percent']} %, same top-1 as PyTorch {said['same_top1_as_pytorch_percent']} %"
        aim = "at most 1 point less; 97 %" if runtime == "openvino-int8" else ""
        found.append((f"top-5 on {accuracy['clips']} real clips, {runtime}", measured, aim))
    if startup:
        waits = f"{startup['classify_10s_clip_first_time_s']} s, then {startup['classify_10s_clip_again_s']} s"
        found += [
            ("`aisle --help`", f"{startup['help_cpu_s']} s of CPU", "under 0.3 s"),
            ("`aisle classify` of a 10 s clip, first time, then again", waits, ""),
        ]
    found += service_rows()
    if memory:
        found.append(("two hours beside two minutes, peak memory", f"+{memory['difference_mb']} MB", "under 100 MB"))
    return found


def service_rows() -> list[tuple[str, str, str]]:
    serve, cameras, page = (record.load(name) for name in ("serve", "cameras", "page"))
    found: list[tuple[str, str, str]] = []
    if serve:
        overhead, plain = serve["overhead"], serve["plain_overhead"]
        found += [
            ("the service at saturation, beside the bare pipeline", f"{overhead:.1%} less", "at most 5%"),
            ("the plainest FastAPI endpoint, beside the same", f"{plain:.1%} less", ""),
        ]
        for one in serve["aisle"]:
            times = " / ".join(f"{one[f'p{part}_s']:.2f}" for part in (50, 95, 99))
            found.append(
                (
                    f"4 s videos at {one['clients']} clients, p50 / p95 / p99",
                    f"{times} s, {one['videos_a_second']:.2f} videos/s",
                    "",
                )
            )
        sizes = serve["memory"]["mb_every_100"]
        found.append((f"memory over {serve['memory']['requests']} requests", f"{sizes[0]} to {sizes[-1]} MB", "steady"))
    for size in ("320x240", "920x680"):
        sound = [one for one in cameras.get(size, []) if one["dropped_percent"] == 0]
        if sound:
            best = sound[-1]
            late = f"{best['late_median_s']} s after the picture (the model looks up to {cameras['window_s']} s ahead)"
            found.append((f"cameras of {size} in real time", f"{best['cameras']}; risk known {late}", ""))
    if page:
        found.append(("the page can be used after", f"{page['videos']['median_ms']} ms", "under 1 s"))
    return found


def network_lines() -> list[str]:
    """The table of what each network takes, seconds a view on every runtime; nothing before it was measured."""
    figures, made = record.load("networks"), record.load_machine("networks")
    if not figures:
        return []
    runtimes = list(next(one["runtimes"] for one in figures.values() if "runtimes" in one))
    lines = [
        f"Seconds a view, random weights, on {made['cores']} cores of {made['processor']}:",
        "",
        f"| network | GFLOPs | M weights | {' | '.join(runtimes)} | MB at most |",
        f"| --- |{' ---: |' * (len(runtimes) + 3)}",
    ]
    for name, one in figures.items():
        spent = one.get("runtimes", {})
        cells = [f"{spent[runtime]['seconds_a_view']:.3f}" if _ran(spent, runtime) else "-" for runtime in runtimes]
        most = max((said["peak_memory_mb"] for said in spent.values() if "peak_memory_mb" in said), default="-")
        counts = [f"{one['gflops_a_view']:.4g}", f"{one['million_parameters']:.4g}"] if spent else ["-", "-"]
        lines.append(f"| {' | '.join([name, *counts, *cells, str(most)])} |")
    return lines


OPPOSITE = (("reach_to", "retract_from"), ("retract_from", "reach_to"))


def timeline_lines() -> list[str]:
    """Models of timelines on rendered shops, as filmed, where it is hard."""
    models = record.load("timelines").get("models", {})
    heading = [
        "model",
        "F1@50 (95%)",
        "frames right",
        "by day / in the dark",
        "turned",
        "acts under .7 s / longer found",
    ]
    heading += ["reach called retract / the reverse", "products / shelves inspected, F1@50"]
    lines = [f"| {' | '.join(heading)} |", f"| --- |{' --- |' * (len(heading) - 1)}"]
    for name, looks in models.items():
        plain, turned = looks["as filmed"], looks.get("turn")
        low, high = plain["f1@50 95%"]
        light, found, mistaken = plain["f1@50 by light"], plain["found"], plain["mistaken"]
        by_action = plain["f1@50 by action"]
        reaches, retracts = (mistaken[f"{one}_shelf for {other}_shelf"] for one, other in OPPOSITE)
        cells = [
            f"{plain['f1@50']:.0f} ({low:.0f} to {high:.0f})",
            f"{plain['frame_accuracy']:.0f}",
            f"{light['day']:.0f} / {light['dark']:.0f}",
            f"{turned['f1@50']:.0f}" if turned else "-",
            f"{found['short acts']['percent']:.0f} / {found['longer acts']['percent']:.0f}",
            f"{reaches:.0f} / {retracts:.0f}",
            f"{by_action['inspect_product']:.0f} / {by_action['inspect_shelf']:.0f}",
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines if models else []


def _ran(spent: dict[str, dict[str, float]], runtime: str) -> bool:
    return "seconds_a_view" in spent.get(runtime, {})


def put(file: Path, begin: str, end: str, lines: list[str]) -> None:
    """Between the two markers in `file`."""
    before, rest = file.read_text("utf-8").split(begin)
    file.write_text(f"{before}{begin}\n\n" + "\n".join(lines) + f"\n\n{end}{rest.split(end)[1]}", "utf-8")


def main() -> None:
    put(
        README,
        BEGIN,
        END,
        ["| what | measured | aim |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows())],
    )
    for markers, lines in ((NETWORKS, network_lines()), (TIMELINES, timeline_lines())):
        if lines:
            put(CHOOSING, *markers, lines)


if __name__ == "__main__":
    main()
