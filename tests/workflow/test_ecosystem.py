"""What others do with the workflow and with its results."""

import nbformat
from nbclient import NotebookClient


def test_the_example_notebook_runs(finished, repository):
    notebook = nbformat.read(repository / "docs/analysis.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace("../results/demo", "../results/tiny")
    (finished / "docs").mkdir()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": finished / "docs"}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert len([output for output in outputs if "image/png" in output.get("data", {})]) == 2
    assert not [output for output in outputs if output.get("name") == "stderr"]
