"""Many pictures by a Ray cluster: the same files, each made once, whatever becomes of a machine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib_iclight.errors import ICLightError
from lib_iclight.standalone.cli import FAILED
from lib_iclight.standalone.cluster import Cluster
from lib_iclight.standalone.mark import Mark
from lib_iclight.standalone.orders import Order
from lib_iclight.standalone.remote import ServiceSettings
from lib_iclight.standalone.worker import Task
from tests.unit.test_batch import Captured, tree
from tests.unit.test_cli import relight, save

pytest.importorskip("ray")

ROOT = Path(__file__).parents[2]
COUNT = 24

# Sockets and files of Ray's own, which it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two machines with a core each, of which the second may be removed."""
    from ray.cluster_utils import Cluster as Machines

    machines = Machines(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    machines.second = machines.add_node(num_cpus=1)
    yield machines
    machines.shutdown()


def test_a_machine_that_ends_costs_time_alone(cluster: Any, tmp_path: Path, capsys: Captured) -> None:
    folder, report = tmp_path / "in", tmp_path / "report.jsonl"
    folder.mkdir()
    for number in range(COUNT):
        save(folder / f"{number:02}.png", number)
    (folder / "03.png").write_bytes(b"no picture")
    assert relight(folder, "-o", tmp_path / "here", "--jobs", 1) == FAILED

    def end_second() -> None:
        deadline = time.monotonic() + 300
        while not report.exists() or report.read_bytes().count(b"\n") < COUNT // 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        cluster.remove_node(cluster.second, allow_graceful=False)

    ending = threading.Thread(target=end_second)
    ending.start()
    assert relight(folder, "-o", tmp_path / "there", "--report", report, "--ray", cluster.address) == FAILED
    ending.join()
    assert f"{COUNT - 1} made, 0 kept, 1 failed." in capsys.readouterr().err
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert [Path(line["photo"]).stem for line in told] == [f"{number:02}" for number in range(COUNT)]
    # Started again it makes what is not there.
    (tmp_path / "there" / "05.png").unlink()
    assert relight(folder, "-o", tmp_path / "there", "--ray", cluster.address) == FAILED
    assert f"1 made, {COUNT - 2} kept, 1 failed." in capsys.readouterr().err
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    task = Task("a", Order("", {}), "", Mark("", ""))
    with pytest.raises(
        ICLightError, match=r"cannot begin: IC-Light .* is installed here, and 0 where it was asked"
    ) as refused:
        list(Cluster(ServiceSettings((), "classic", version="0"), cluster.address).run([task]))
    assert refused.value.code == "engine_unavailable"


def test_addresses_that_are_none(tmp_path: Path, capsys: Captured) -> None:
    photo = save(tmp_path / "a.png")
    assert relight(photo, "-o", tmp_path / "out", "--ray", photo) == FAILED
    assert "put --ray behind the photos" in capsys.readouterr().err
    assert relight(photo, "-o", tmp_path / "out", "--ray", "nonsense:port") == FAILED
    assert "where no Ray cluster answers" in capsys.readouterr().err


def test_ray_is_not_imported_unless_it_is_asked_for(tmp_path: Path) -> None:
    code = (
        "import sys; from lib_iclight.standalone.cli import main; main(sys.argv[1:]); assert 'ray' not in sys.modules"
    )
    asked = ["relight", str(save(tmp_path / "a.png")), "-o", str(tmp_path / "out"), "--engine", "classic"]
    subprocess.run([sys.executable, "-c", code, *asked], cwd=ROOT, check=True)
