"""``pipelinegen chart`` says where the chart is."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from pipelinegen.commands.chart import command


def test_the_chart_is_in_the_folder_that_is_printed() -> None:
    result = CliRunner().invoke(command)
    assert (result.exit_code, result.stderr) == (0, "")
    assert {"Chart.yaml", "values.yaml", "templates"} <= {
        path.name for path in Path(result.stdout.removesuffix("\n")).iterdir()
    }
