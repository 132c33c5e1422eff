"""What a machine has, on one page. Imports nothing that another package could hide."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from genesis.cli.survey import Sandbox, Survey, Toolset

__all__ = ["page"]

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("-", "dim")}


def page(found: Survey) -> RenderableType:
    """Everything that was looked at, and the verdict."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for good, name, detail in _rows(found):
        mark, style = _MARKS[good]
        grid.add_row(Text(mark, style=style), name, Text(detail, style="" if good else "dim"))
    return Group(grid, Text(), *_verdict(found))


def _rows(found: Survey) -> Iterator[tuple[bool | None, str, str]]:
    machine = found.machine
    yield True, "genesis", f"{found.version}, Python {found.python} ({found.executable})"
    gib = machine.memory_bytes / 2**30, machine.available_bytes / 2**30
    yield True, "machine", f"{machine.platform}, {machine.cpus} CPUs, {gib[0]:.1f} GiB memory, {gib[1]:.1f} GiB free"
    for package in found.packages:
        yield package.ours, f"package {package.name}", package.detail
    for sandbox in found.sandboxes:
        yield sandbox.available or None, f"sandbox {sandbox.kind}", _told(sandbox, found.automatic)
    disk = found.disk
    yield (
        disk.writable,
        "runs",
        f"{disk.directory}, {disk.fsync_ms:.2f} ms a durable write" if disk.fsync_ms else disk.detail,
    )
    for toolset in found.toolsets:
        yield toolset.usable or None, toolset.language, _tools(toolset)
    for server in found.servers:
        yield server.reachable or None, server.name, f"{server.address}: {server.detail}"
    for check in found.models:
        yield not check.problem, check.model, check.problem or f"answered within {check.latency_s:.1f} s"
    yield bool(found.keys) or None, "API keys", ", ".join(found.keys) or "none; none is needed offline"


def _tools(toolset: Toolset) -> str:
    """Versions of what is here, or what is missing and how to get it."""
    missing = [tool for tool in toolset.needs if tool.fault]
    here = [tool for tool in (*toolset.needs, *toolset.others) if not tool.fault]
    parts = [f"{tool.fault}; to install it: {tool.install}" for tool in missing]
    if all(tool.only_to_run for tool in missing):
        parts.insert(0, ", ".join(f"{tool.name} {tool.version}".strip() for tool in here))
    return "; ".join(parts)


def _told(sandbox: Sandbox, automatic: str | None) -> str:
    if not sandbox.available:
        return sandbox.detail
    if sandbox.kind == "plain":
        return "available; contains accidents, not attacks"
    return "available, what auto picks" if sandbox.kind == automatic else "available"


def _verdict(found: Survey) -> list[Text]:
    if not found.obstacles:
        return [Text("A run would work here: try 'genesis run heilbronn'.", style="bold green")]
    return [
        Text("A run would not work here:", style="bold red"),
        *(Text(f"- {obstacle}") for obstacle in found.obstacles),
    ]
