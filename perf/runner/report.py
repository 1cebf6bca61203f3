"""What was measured, as a table for people."""

import statistics

from runner.catalogue import FIGURES, MUTATION_ADDED_NS, MUTATION_TOLERANCE

BY_KEY = {figure.key: figure for figure in FIGURES}


def show_figures(figures: dict[str, dict], failures: dict[str, str]) -> None:
    print(f"\n{'figure':28} {'measured':>10}  {'spread':>19}  {'wanted':>8}  {'':6} unit")
    for key, figure in figures.items():
        verdict = "" if BY_KEY[key].bound is None else "ok" if BY_KEY[key].holds(figure["value"]) else "NOT OK"
        spread = f"{figure['low']:.3f} to {figure['high']:.3f}"
        print(f"{key:28} {figure['value']:10.3f}  {spread:>19}  {BY_KEY[key].wanted:>8}  {verdict:6} {figure['unit']}")
    for key, why in failures.items():
        print(f"{key:28} not measured: {why}")


def show_details(figures: dict[str, dict]) -> None:
    print()
    for key, figure in figures.items():
        details = "  ".join(f"{name} {value:.5g}" if isinstance(value, float) else f"{name} {value}"
                            for name, value in figure["details"].items())
        print(f"{key:28} {details}")


def mutation(figures: dict[str, dict]) -> dict:
    """What the added time moved the figures by; None where no figure that was measured tells."""
    moved = {key: figure["moved_ns"] for key, figure in figures.items() if "moved_ns" in figure}
    median = statistics.median(moved.values()) if moved else None
    holds = median is not None and abs(median / MUTATION_ADDED_NS - 1) <= MUTATION_TOLERANCE
    return {"added_ns": MUTATION_ADDED_NS, "moved_ns": moved, "median_ns": median, "holds": holds}


def show_mutation(found: dict) -> None:
    if found["median_ns"] is None:
        return
    print(f"\n{found['added_ns']:.0f} ns added to one side of each figure moved it by {found['median_ns']:.1f} ns (median): "
          f"{'ok' if found['holds'] else 'NOT OK'}")
    print("  " + "  ".join(f"{key} {moved:.1f}" for key, moved in found["moved_ns"].items()))


def show_benches(found: dict) -> None:
    print(f"\n{'bench':40} {'ns an item':>12} {'M items/s':>12}")
    for name, nanoseconds in found["medians_ns"].items():
        print(f"{name:40} {nanoseconds:12.1f} {1e3 / nanoseconds:12.2f}")
    print(f"\n{'ratio of rates':60} {'times':>12}")
    for name, times in found["ratios"].items():
        print(f"{name:60} {times:12.2f}")
