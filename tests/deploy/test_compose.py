"""compose.yaml and what it mounts: pinned, healthy by their own word, reachable from this machine alone."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from events.bus.broker import find_server
from genesis.config.load import load
from genesis.version import __version__
from sidecar.__main__ import parse

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")
)
_VARIABLE = re.compile(r"\$\{(\w+)(:[?-])?")
EVERY_SERVICE = pytest.mark.parametrize("name", SERVICES)


def test_all_parts_are_there() -> None:
    assert SERVICES.keys() == {"nats", "clickhouse", "sidecar", "grafana", "runner"}
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert COMPOSE["volumes"].keys() == {name for name in used if not name.startswith("./")}


@EVERY_SERVICE
def test_a_version_is_pinned_and_health_is_checked(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d+\.\d+", service["image"]), "an image without a version changes under the user"
    assert service["healthcheck"]["test"][0] == "CMD"


@EVERY_SERVICE
def test_ports_are_bound_to_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:"), port


@EVERY_SERVICE
def test_what_a_service_waits_for_is_healthy(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES and how == {"condition": "service_healthy"}


@EVERY_SERVICE
def test_mounted_files_are_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        assert not source.startswith("./") or (ROOT / source).exists(), source


def test_every_password_comes_from_the_environment_and_none_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked = {found[1]: found[2] for found in _VARIABLE.finditer(text)}
    assert asked.keys() == EXAMPLE.keys(), ".env.example names what compose.yaml asks for"
    assert set(EXAMPLE.values()) == {""}
    assert {name for name, rule in asked.items() if rule != ":?"} == {"ANTHROPIC_API_KEY", "OPENAI_API_KEY"}
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|TOKEN|KEY", name) and not name.endswith("_ENV")
            assert not secret or value.startswith("${"), name


def test_the_image_of_ours_has_this_version_and_every_package() -> None:

    assert {SERVICES[name]["image"] for name in ("sidecar", "runner")} == {f"genesis:{__version__}"}
    built = (ROOT / SERVICES["sidecar"]["build"]["dockerfile"]).read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in built


def test_the_broker_takes_its_configuration(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "nats.conf").read_text().replace("/data", str(tmp_path))
    configuration = tmp_path / "nats.conf"
    configuration.write_text(text)
    done = subprocess.run(
        [find_server(), "-t", "-c", str(configuration)],
        env={**os.environ, "GENESIS_NATS_TOKEN": "a-token"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_sidecar_understands_its_environment() -> None:
    given = {name: str(value) for name, value in SERVICES["sidecar"]["environment"].items()}
    settings = parse([], {**given, "GENESIS_CLICKHOUSE_PASSWORD": "a-password"})
    assert settings.nats is not None and settings.nats.url == "nats://nats:4222"
    assert settings.nats.token_env == "GENESIS_NATS_TOKEN"
    assert settings.clickhouse is not None and settings.clickhouse.user == "genesis"
    assert settings.clickhouse.password_env == "GENESIS_CLICKHOUSE_PASSWORD"
    assert settings.metrics is not None
    (port,) = {mapping.split(":")[2] for mapping in SERVICES["sidecar"]["ports"]}
    assert settings.metrics[1] == int(port)


def test_the_runners_keys_are_keys_of_a_run() -> None:
    command = SERVICES["runner"]["entrypoint"][2]
    overrides = [word for word in command.split() if "=" in word]
    config = load(overrides)
    assert (config.runs_dir, config.nats.url) == ("/runs", "nats://nats:4222")
    assert config.nats.token_env == "GENESIS_NATS_TOKEN"


def test_scripts_are_shell() -> None:
    script = ROOT / "deploy" / "clickhouse-users.sh"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
