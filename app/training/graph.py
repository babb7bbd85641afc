"""Reads from the graph of a model whether gradients can flow through it, and what they cost.

It follows the rules of ggml's `ggml_build_backward_expand`: a node needs a gradient when one of
its inputs does, and then its operation must have a backward pass. Asking the graph covers
architectures that no list knows; a failed assertion later would end the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.training import ggml

_BACKWARD = frozenset(
    b"NONE DUP ADD ADD1 ACC SUB MUL DIV SQR SQRT LOG SIN COS SUM SUM_ROWS MEAN REPEAT REPEAT_BACK"
    b" RMS_NORM MUL_MAT SCALE SET CPY CONT RESHAPE VIEW PERMUTE TRANSPOSE GET_ROWS DIAG_MASK_INF"
    b" DIAG_MASK_ZERO SOFT_MAX ROPE IM2COL POOL_2D WIN_PART WIN_UNPART ABS SGN NEG STEP RELU SILU"
    b" EXP EXPM1 SOFTPLUS CROSS_ENTROPY_LOSS SWIGLU".split()
)
_SECOND_INPUT_IGNORED = frozenset((b"CPY", b"GET_ROWS", b"GET_ROWS_BACK", b"ROPE"))
_VIEWS = frozenset((b"CPY", b"SET_ROWS", b"VIEW", b"RESHAPE", b"PERMUTE", b"TRANSPOSE"))
_FIXED = 64 << 20  # bytes of a process that trains nothing
_NO_OUTER_PRODUCT = 30  # BF16: the CPU's OUT_PROD lacks it


@dataclass(frozen=True, slots=True)
class Finding:
    """why_not: empty when gradients can flow; why_not_as_it_is: empty unless only an F32 copy of
    the weights will do; working: bytes of a training pass besides weights."""

    why_not: str
    why_not_as_it_is: str
    working: int


@dataclass(frozen=True, slots=True)
class _Node:
    """What is remembered of a node, since the graph is gone after the next pass."""

    operation: bytes
    address: int
    sources: tuple[int, ...]
    is_view: bool
    bytes: int
    split_gate: bool


def snapshot(addresses: Sequence[int]) -> tuple[list[_Node], dict[int, int], set[int]]:
    """(nodes, type by address, addresses of adapter tensors) of a graph that is still alive."""
    nodes, types, adapters = [], {}, set()
    for address in addresses:
        found = ggml.tensor(address)
        sources = tuple(s or 0 for s in found.src)
        operation = bytes(ggml.op_desc(address))
        is_view = bool(found.view_src)
        size = 0 if is_view else int(ggml.nbytes(address))
        nodes.append(_Node(operation, address, sources, is_view, size, bool(sources[1])))
        types[address] = int(found.type)
        for source in sources:
            if source and source not in types:
                types[source] = int(ggml.tensor(source).type)
        # Parameters are nodes of their own, without an operation.
        if operation == b"NONE" and ggml.name_of(address).endswith((".lora_a", ".lora_b")):
            adapters.add(address)
    return nodes, types, adapters


def examine(addresses: Sequence[int]) -> Finding:
    """Follow the gradients from the adapter's tensors to the end of the graph."""
    nodes, types, needing = snapshot(addresses)
    counting = _reaching_the_end(nodes)
    weights = ""
    total = sum(node.bytes for node in nodes)
    for node in nodes:
        used = [s for i, s in enumerate(node.sources) if s in needing and not _ignored(node, i)]
        if not used or types[node.address] == ggml.I32:
            continue
        if reason := _why_not(node, node.address in counting):
            return Finding(reason, "", 0)
        if node.operation == b"MUL_MAT" and types[node.sources[0]] == _NO_OUTER_PRODUCT:
            weights = "its weights are BF16, which have no backward pass on the processor"
        needing.add(node.address)
    if nodes and nodes[-1].address not in needing:
        return Finding("no gradient reaches the adapter", "", 0)
    return Finding("", weights, _working(nodes, total))


def _ignored(node: _Node, index: int) -> bool:
    return index == 1 and node.operation in _SECOND_INPUT_IGNORED


def _reaching_the_end(nodes: Sequence[_Node]) -> set[int]:
    """Addresses of what the last node is made of; writing to the cache, for one, is not."""
    reaching = {nodes[-1].address} if nodes else set()
    for node in reversed(nodes):
        if node.address in reaching:
            reaching.update(source for source in node.sources if source)
    return reaching


def _why_not(node: _Node, counts: bool) -> str:
    name = node.operation.decode()
    if node.is_view and node.operation not in _VIEWS:
        return f"its architecture works in place ({name}), which can't be differentiated"
    if not counts:
        return ""
    if node.operation not in _BACKWARD or (node.operation == b"SWIGLU" and not node.split_gate):
        return f"its architecture uses {name}, which has no backward pass in llama.cpp"
    return ""


def _working(nodes: Sequence[_Node], total: int) -> int:
    """Bytes of all that lives during a pass: the share of forward results that the backward pass
    needs, and the logits with their companions (labels, softmax, gradients). Measured on a llama
    model: 0.33, 0.34 and 0.37 of the results at 256, 512 and 1,024 tokens, more as attention grows,
    and 2 times the logits; 0.29 and 5.7 where ggml computes the loss. A tenth is added."""
    logits = nodes[-1].bytes if nodes else 0
    return int(1.1 * (0.4 * total + 4 * logits)) + _FIXED
