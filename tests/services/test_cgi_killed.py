"""Killed at any moment, a run that is started again makes no second job and comes to the same end."""

from __future__ import annotations

import copy
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.cgi import CgiService, Options, StoredJob
from tests.servers.cgi_results import Analysis
from tests.support.cgi_runs import Steps, Warm, environment, serving, write_tumour

MOMENTS = 20
NAMES = ("submit", "wait", "collect", "join")
OPTIONS = Options(store_seconds=0.03, answer_seconds=0.03, analysis=Analysis(dropped=frozenset({68, 70})))


class Stage(NamedTuple):
    """How things stand before a step of an undisturbed run: the folder, the service's jobs; and what the step takes."""

    folder: Path
    jobs: dict[str, StoredJob]
    seconds: float


class Scene(NamedTuple):
    """The service, a warm process, the stages of an undisturbed run, and what it leaves."""

    service: CgiService
    warm: Warm
    folder: Path
    stages: list[Stage]
    expected: dict[str, bytes]

    def steps(self, name: str, stage: int) -> Steps:
        """Put things as they stand before a step, in a folder of its own."""
        steps = Steps(self.folder / name, self.folder / "in.vcf")
        shutil.copytree(self.stages[stage].folder, steps.folder)
        self.service.jobs = copy.deepcopy(self.stages[stage].jobs)
        self.service.made = list(self.service.jobs)
        return steps


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("killed")
    with (
        serving(OPTIONS) as (service, _, url),
        Warm(environment(folder / "state", url), folder / "log") as warm,
    ):
        write_tumour(folder / "in.vcf")
        steps = Steps(folder / "undisturbed", folder / "in.vcf")
        steps.folder.mkdir()
        warm.run([steps.prepare()])
        stages = []
        for number, words in enumerate(steps.all()):
            before = folder / f"before{number}"
            shutil.copytree(steps.folder, before)
            jobs = copy.deepcopy(service.jobs)
            stages.append(Stage(before, jobs, warm.run([words])[0]))
        assert len(service.made) == 1
        expected = dict(steps.results())
        assert len(expected) == 7, sorted(expected)
        yield Scene(service, warm, folder, stages, expected)


@pytest.mark.parametrize("step", range(len(NAMES)), ids=NAMES)
def test_killed_in_any_step_the_next_run_ends_as_an_undisturbed_one(scene: Scene, step: int) -> None:
    draw = random.Random(step)  # noqa: S311
    stopped = 0
    for moment in range(MOMENTS):
        steps = scene.steps(f"{NAMES[step]}{moment}", step)
        scene.warm.run(steps.all()[step:], kill=(0, draw.uniform(0, scene.stages[step].seconds)))
        stopped += dict(steps.results()) != scene.expected
        scene.warm.run(steps.all())
        assert len(scene.service.made) == 1, moment
        assert scene.service.deleted == []
        assert steps.results() == scene.expected, moment
    assert stopped > MOMENTS // 4  # else the moments were none


def test_killed_again_and_again_it_still_comes_to_its_end(scene: Scene) -> None:
    draw = random.Random(99)  # noqa: S311
    steps = scene.steps("again", 0)
    for _ in range(MOMENTS):
        step = draw.randrange(len(NAMES))
        scene.warm.run(steps.all(), kill=(step, draw.uniform(0, scene.stages[step].seconds)))
    scene.warm.run(steps.all())
    assert len(scene.service.made) == 1
    assert steps.results() == scene.expected
