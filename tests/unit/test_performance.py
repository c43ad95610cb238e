"""The summary of costs, against benchmark files and logs written by hand."""

import csv
import subprocess
import sys

import pytest

from umbra.performance import COST_COLUMNS, summarise_cost

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def benchmark(seconds, memory):
    return f"{HEADER}\n{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t99\t1\n"


def log(start_up, work, program=""):
    stage = f"2026-01-01 INFO cpu seconds: start-up {start_up}, work {work}\n"
    return f"2026-01-01 INFO something else\n{program}{stage}"


@pytest.fixture
def table(tmp_path):
    benchmarks, logs = tmp_path / "benchmarks", tmp_path / "logs"
    write(benchmarks / "sample.tsv", benchmark(2.5, 100.5))
    write(logs / "sample.log", log(1.0, 3.0))
    for galaxy, seconds, memory in ((3, 10.0, 300.0), (7, 20.0, 250.0)):
        write(benchmarks / f"radiative_transfer/{galaxy}.tsv", benchmark(seconds, memory))
        engine = "2026-01-01 INFO 01/01/2026   cpu seconds of the engine's start-up: 1.25\n"
        write(logs / f"radiative_transfer/{galaxy}.log", log(0.25, 7.75, engine))
    # a job too short to be measured, and one of a galaxy that was rejected before it
    write(benchmarks / "ski/3.tsv", benchmark(0.5, "NA"))
    write(benchmarks / "ski/7.tsv", benchmark(0.25, "-"))
    write(logs / "ski/3.log", log(0.2, 0.2))
    write(logs / "ski/7.log", "rejected before this stage: no gas\n")
    # a stage whose jobs have left nothing, and a log of another rule whose name begins alike
    (benchmarks / "sensitivity").mkdir()
    write(logs / "sample_of_another_rule.log", log(100.0, 100.0))
    output = tmp_path / "performance.csv"
    summarise_cost(benchmarks=benchmarks, logs=logs, galaxies=2, output=output)
    with open(output, newline="") as file:
        return list(csv.DictReader(file))


def numbers(row):
    return {key: float(value) for key, value in row.items() if key != "stage"}


def test_stages_and_their_sum_are_listed(table):
    assert [row["stage"] for row in table] == [
        "radiative_transfer",
        "sample",
        "sensitivity",
        "ski",
        "all",
    ]
    assert all(tuple(row) == COST_COLUMNS for row in table)


def test_jobs_of_a_stage_are_summed_and_the_start_up_of_its_program_is_no_work(table):
    assert numbers(table[0]) == {
        "jobs": 2,
        "wall_s": 30,
        "wall_s_per_galaxy": 15,
        "cpu_s": 16,
        "start_up_cpu_s": 3,
        "start_up_fraction": pytest.approx(3 / 16, abs=1e-3),
        "peak_memory_mb": 300,
    }


def test_a_single_job_counts_once(table):
    row = numbers(table[1])
    assert (row["jobs"], row["wall_s"], row["cpu_s"], row["start_up_cpu_s"]) == (1, 2.5, 4, 1)
    assert row["peak_memory_mb"] == 100.5


def test_jobs_without_measurements_count_as_nothing(table):
    assert not any(numbers(table[2]).values())
    row = numbers(table[3])
    assert (row["jobs"], row["wall_s"], row["peak_memory_mb"]) == (2, 0.75, 0)
    assert (row["cpu_s"], row["start_up_fraction"]) == (0.4, 0.5)


def test_the_last_row_is_all_stages(table):
    row = numbers(table[4])
    for column in ("jobs", "wall_s", "cpu_s", "start_up_cpu_s"):
        assert row[column] == pytest.approx(sum(numbers(stage)[column] for stage in table[:4]))
    assert row["peak_memory_mb"] == 300
    assert row["start_up_fraction"] == pytest.approx(4.2 / 20.4, abs=1e-3)


def test_a_stage_logs_what_the_summary_reads(tmp_path):
    logs, benchmarks = tmp_path / "logs", tmp_path / "benchmarks"
    logs.mkdir()
    write(benchmarks / "profile.tsv", benchmark(1.0, 10.0))
    code = "import sys; from umbra.stage import run; run(lambda: sum(range(10**6)), sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, logs / "profile.log"], check=True)
    output = tmp_path / "performance.csv"
    summarise_cost(benchmarks=benchmarks, logs=logs, galaxies=1, output=output)
    with open(output, newline="") as file:
        row = next(csv.DictReader(file))
    assert 0 < float(row["start_up_cpu_s"]) <= float(row["cpu_s"])
