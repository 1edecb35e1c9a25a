"""What a Jenkinsfile becomes has to fit into the 64 KB of one method."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.groovy import (
    CPS_FITS,
    CPS_REFUSES,
    JENKINS_FITS,
    JENKINS_REFUSES,
    Groovy,
    GroovyError,
)
from tests.lab.test_groovy import deploy_stages, one_line_stages

ROOT = Path(__file__).parents[3]
GENERATED = [*ROOT.glob("tests/golden/**/Jenkinsfile"), ROOT / "sample-service/Jenkinsfile"]


def largest(groovy: Groovy, source: str) -> int:
    return max(groovy.cps_sizes(source).values())


def test_what_a_jenkins_compiled_is_below_the_limit(groovy: Groovy) -> None:
    sizes = [largest(groovy, deploy_stages(40)), largest(groovy, one_line_stages(120))]
    assert max(sizes) < CPS_FITS * 1.01


def test_what_a_jenkins_refused_is_above_it(groovy: Groovy) -> None:
    assert largest(groovy, one_line_stages(200)) > CPS_REFUSES
    with pytest.raises(GroovyError, match="Method too large"):
        groovy.cps_sizes(deploy_stages(80))


def test_both_measures_rank_what_was_tried_alike(groovy: Groovy) -> None:
    for source in (deploy_stages(40), one_line_stages(120)):
        assert groovy.jenkins_size(source) < JENKINS_FITS * 1.02
    for source in (deploy_stages(80), one_line_stages(200)):
        assert groovy.jenkins_size(source) > JENKINS_REFUSES


def test_all_of_a_pipeline_is_in_one_method(groovy: Groovy) -> None:
    sizes = groovy.cps_sizes(deploy_stages(20))
    *others, all_of_it = sorted(size for name, size in sizes.items() if "___cps___" in name)
    assert sum(others) < 500 < 20_000 < all_of_it == max(sizes.values())


def test_a_part_that_a_stage_does_not_have_counts_as_well(groovy: Groovy) -> None:
    """Without it, a pipeline of small stages would be taken for smaller than it is."""
    one, two = (largest(groovy, one_line_stages(count)) for count in (1, 2))
    assert two - one > 270


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_generated_jenkinsfile_fits(groovy: Groovy, path: Path) -> None:
    size = largest(groovy, path.read_text("utf-8"))
    print(f"{path.relative_to(ROOT)}: {size} bytes, {size / CPS_FITS:.0%} of what is known to fit")
    assert size < CPS_FITS
