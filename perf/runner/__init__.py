"""The parts of perf/run."""
